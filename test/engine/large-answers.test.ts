/** What a gigabyte costs a worker of its own whose applications answer it, to many requests at once: no more than the bound, however it is sent. */
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import type { Application } from '../harness/application.ts'
import { ended, makeFlow, numbered, startRun } from '../harness/flows.ts'
import { startWorkerProcess } from '../harness/worker-process.ts'
import { json, serve } from './outgoing/server.ts'

const api = apiForFile()

const mb = 1024 * 1024
const chunk = 'x'.repeat(mb)
/** A gigabyte of what compresses well, and in chunks that do not wait for each other. */
const grown = gzipSync(Buffer.alloc(1024 * mb, 'x'))

async function stream(response: ServerResponse): Promise<void> {
  const closed = new Promise((resolve) => response.on('close', resolve))
  response.on('error', () => undefined)
  response.writeHead(200, { 'content-type': 'application/json' })
  for (let n = 0; n < 1024 && !response.destroyed; n++)
    if (!response.write(chunk)) await Promise.race([closed, once(response, 'drain').catch(() => undefined)])
  response.destroy()
}

const answers: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  'in chunks': stream,
  compressed: (response) => response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(grown),
}

/** Four answers of 50 MB at once, and what Node itself keeps of sockets and of memory that it has not given back. */
const boundMb = 4 * 50 + 150

/** Megabytes, resident: now, and at the most since the process began. */
function memoryOf(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
  return { now: of('VmRSS'), most: of('VmHWM') }
}

describe.runIf(process.platform === 'linux').each(Object.entries(answers))('a gigabyte %s', (_how, answer) => {
  it('to 25 lookups, 25 records and 5 exports at once: the worker grows by no more than its bound, and each is told of', async () => {
    const count = 60
    const server = await serve(({ method, url }, response) => {
      if (method === 'POST' || url.startsWith('/large')) return answer(response)
      return json(response, 200, { records: numbered(count) })
    })
    const application = { origin: server.origin } as Application
    const exportAt = (relativeURI: string) => ({ http: { relativeURI, response: { resourcePath: 'records' } } })
    const looking = await makeFlow(api, application, {
      exports: { orders: exportAt('/orders'), found: { isLookup: true, http: { relativeURI: '/large' } } },
      flow: {
        skipRetries: true,
        pageProcessors: [
          { type: 'export', _exportId: '{found}', proceedOnFailure: true },
          { type: 'import', _importId: '{sink}' },
        ],
      },
      imports: { sink: {} },
    })
    const exporting = await makeFlow(api, application, {
      exports: Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, exportAt(`/large/${name}`)])),
      flow: { skipRetries: true, runPageGeneratorsInParallel: true },
    })
    const small = { sink: { http: { method: ['PUT'] } } }
    const warm = await makeFlow(api, application, { exports: { orders: exportAt('/orders') }, imports: small })
    const worker = await startWorkerProcess(api.config)
    await ended(api, await startRun(api, warm._id), 60_000)
    const before = memoryOf(worker.pid).now
    const runs = await Promise.all([looking, looking, exporting].map(({ _id }) => startRun(api, _id)))
    const jobs = await Promise.all(runs.map((id) => ended(api, id, 200_000)))
    const grownBy = memoryOf(worker.pid).most - before
    if (process.env['TEST_LOG']) process.stdout.write(`${before.toFixed(0)} MB, grown by ${grownBy.toFixed(0)} MB at the most\n`)
    expect(jobs).toMatchObject([
      { status: 'completed', numExport: count, numSuccess: 0, numError: 2 * count },
      { status: 'completed', numExport: count, numSuccess: 0, numError: 2 * count },
      { status: 'failed', errorMessage: expect.stringContaining('more than 50 MB') },
    ])
    expect(grownBy).toBeLessThan(boundMb)
  }, 300_000)
})
