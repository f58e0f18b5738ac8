/** Applications that answer badly while many pages are in flight: what is told names the step and what happened, what else was on its way arrives, and nothing is lost. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { ended, errorsOf, makeFlow, numbered, runToEnd, startRun, until } from '../harness/flows.ts'
import type { Application } from '../harness/application.ts'
import { json, serve, type Asked } from './outgoing/server.ts'

let api: Api
beforeAll(async () => {
  api = await startApi({ worker: true })
})
afterAll(() => api.close())

const mb = 'x'.repeat(1024 * 1024)
/** Writes until nobody reads any more, or a gigabyte. */
async function endlessly(response: ServerResponse): Promise<void> {
  const closed = new Promise((resolve) => response.on('close', resolve))
  response.on('error', () => undefined)
  response.writeHead(200, { 'content-type': 'application/json' }).write('"')
  for (let n = 0; n < 1024 && !response.destroyed; n++) {
    const isFull = !response.write(mb)
    if (isFull) await Promise.race([closed, once(response, 'drain').catch(() => undefined)])
  }
  response.destroy()
}

const answers: Readonly<Record<string, (response: ServerResponse, good: unknown) => unknown>> = {
  'drops the connection in the middle'(response) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"records":[')
    setTimeout(() => response.destroy(), 10)
  },
  'answers a gigabyte': endlessly,
  'answers garbage': (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('<<{]'),
  'answers in another charset': (response, good) =>
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-16le' }).end(Buffer.from(JSON.stringify(good), 'utf16le')),
  'answers 200 with an error inside': (response) => json(response, 200, { error: 'out of stock' }),
  'redirects in a circle': (response) => response.writeHead(307, { location: '/circle' }).end(),
  'says for an hour that it is too much': (response) => json(response, 429, { message: 'slow down' }, { 'retry-after': '3600' }),
}

/** By how an application answers: the error that is told where it is asked for a page, and where it is sent a record; none where that is an answer. */
const told: readonly (readonly [how: string, ofExport: object | undefined, ofImport: object | undefined])[] = [
  [
    'drops the connection in the middle',
    { source: 'connection', code: 'connection_reset', message: expect.stringContaining('closed the connection') },
    { source: 'connection', code: 'connection_reset', message: expect.stringContaining('closed the connection') },
  ],
  [
    'answers a gigabyte',
    { source: 'connection', code: 'response_too_large', message: expect.stringContaining('more than 50 MB') },
    { source: 'connection', code: 'response_too_large', message: expect.stringContaining('more than 50 MB') },
  ],
  // That an answer to a record cannot be read does not make it a failure: its status counts.
  ['answers garbage', { source: 'application', message: expect.stringMatching(/JSON/) }, undefined],
  ['answers in another charset', undefined, undefined],
  [
    'answers 200 with an error inside',
    { source: 'application', message: expect.stringContaining('out of stock') },
    { source: 'application', message: expect.stringContaining('out of stock') },
  ],
  [
    'redirects in a circle',
    { source: 'connection', code: 'redirect_refused', message: expect.stringContaining('redirected more than 5 times') },
    { source: 'connection', code: 'redirect_refused', message: expect.stringContaining('redirected more than 5 times') },
  ],
  [
    'says for an hour that it is too much',
    { source: 'application', code: '429', message: 'slow down' },
    { source: 'application', code: '429', message: 'slow down' },
  ],
]

const count = 60
const pageSize = 5
/** Of an answer of the source, and the page that it begins with. */
const perAnswer = 20
const badSkip = 40
const badIds: ReadonlySet<number> = new Set([11, 12, 33])
const ids = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n + 1)

/** An application that answers badly at a page or at some records, until it is mended. */
async function anApplication(how: string, where: 'export' | 'import') {
  const answerBadly = answers[how] ?? (() => undefined)
  const state = { isMended: false, taken: [] as number[] }
  const all = numbered(count)
  const server = await serve(async ({ method, url, body }: Asked, response) => {
    const asked = new URL(url, 'http://application')
    if (asked.pathname === '/circle') return response.writeHead(307, { location: '/circle' }).end()
    if (method === 'GET') {
      const skip = Number(asked.searchParams.get('skip') ?? 0)
      const good = { records: all.slice(skip, skip + perAnswer) }
      return where === 'export' && skip === badSkip && !state.isMended ? answerBadly(response, good) : json(response, 200, good)
    }
    const { id } = JSON.parse(body) as { id: number }
    if (where === 'import' && badIds.has(id) && !state.isMended) return answerBadly(response, { id })
    await pause(5)
    state.taken.push(id)
    return json(response, 201, { id })
  })
  const paging = { method: 'skip', skip: 0 }
  const response = { resourcePath: 'records', failPath: 'error', errorPath: 'error' }
  const http = { relativeURI: `/source/orders?skip={{export.http.paging.skip}}`, paging, response }
  const flow = await makeFlow(api, { origin: server.origin } as Application, {
    exports: { orders: { pageSize, http } },
    imports: { sink: { http: { response: { failPath: ['error'], errorPath: 'error' } } } },
  })
  return { state, flow, origin: server.origin }
}

const sorted = (taken: readonly number[]): number[] => taken.toSorted((a, b) => a - b)

describe.each(told)('an application that %s', (how, ofExport, ofImport) => {
  it(
    'where a page is asked for: the run says what was asked and why it cannot go on, and what came before arrives',
    { timeout: 60_000 },
    async () => {
      const { state, flow, origin } = await anApplication(how, 'export')
      const job = await runToEnd(api, flow._id)
      if (ofExport) {
        expect(job).toMatchObject({ status: 'failed', numExport: badSkip, numSuccess: badSkip, numError: 1 })
        expect(job.errorMessage).toContain(`GET ${origin}/source/orders`)
        expect(await errorsOf(api, flow, 'orders')).toMatchObject([ofExport])
        expect(sorted(state.taken)).toEqual(ids(0, badSkip))
        state.isMended = true
        state.taken.length = 0
        expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numExport: count })
      } else expect(job).toMatchObject({ status: 'completed', numExport: count, numError: 0 })
      expect(sorted(state.taken)).toEqual(ids(0, count))
    },
  )

  it('where a record is sent: it has the error and can be sent again, all others arrive', { timeout: 60_000 }, async () => {
    const { state, flow } = await anApplication(how, 'import')
    const bad = ofImport ? badIds.size : 0
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numExport: count, numSuccess: count - bad, numError: bad })
    expect(sorted(state.taken)).toEqual(ids(0, count).filter((id) => !badIds.has(id)))
    const errors = await errorsOf(api, flow, 'sink')
    expect(errors).toMatchObject(Array.from({ length: bad }, () => ({ ...ofImport, retryDataKey: expect.any(String) })))
    if (!ofImport) return
    state.isMended = true
    const retryDataKeys = errors.map(({ retryDataKey }) => retryDataKey as string)
    const { body } = await api.call('POST', `/v1/flows/${flow._id}/${flow.ids['sink']}/retry`, { retryDataKeys })
    expect(await ended(api, body._jobId)).toMatchObject({ status: 'completed', numSuccess: bad, numError: 0 })
    expect(sorted(state.taken)).toEqual(ids(0, count))
  })
})

it(
  'an application that hangs: a run that is canceled gives the request up after 20 s, and what came before it is counted',
  { timeout: 90_000 },
  async () => {
    const { state, flow } = await anApplication('hangs', 'import')
    const id = await startRun(api, flow._id)
    await until(() => (state.taken.length === count - badIds.size ? true : undefined))
    // Two pages are through, and none after the one that hangs is committed.
    await until(async () => ((await api.call('GET', `/v1/jobs/${id}`)).body.numExport === 10 ? true : undefined))
    await api.call('PUT', `/v1/jobs/${id}/cancel`)
    const began = Date.now()
    await until(async () => {
      const { rows } = await api.database.pool.query(`select 1 from graphile_worker._private_jobs where payload ->> 'jobId' = $1`, [id])
      return rows.length === 0 ? true : undefined
    }, 60_000)
    expect(Date.now() - began).toBeGreaterThan(15_000)
    expect((await api.call('GET', `/v1/jobs/${id}`)).body).toMatchObject({ status: 'canceled', numExport: 10, numSuccess: 10 })
    // Its lane is free again.
    state.isMended = true
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numExport: count, numSuccess: count })
  },
)
