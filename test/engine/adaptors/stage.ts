/** What the adaptor tests stand on: a server that answers by a script, a run, and adaptors that really call it. */
import { readdirSync, readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import type { ConnectionDoc, ExportDoc, ImportDoc, Page, Run, SinkAdaptor, SourceAdaptor } from '../../../src/engine/adaptor.ts'
import { adaptors } from '../../../src/engine/adaptors/index.ts'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import type { ConnectionSlots } from '../../../src/engine/around/slots.ts'
import { evaluator } from '../evaluator.ts'
import { serve, type Asked, type TestServer } from '../outgoing/server.ts'

export interface ScriptedAnswer {
  /** `GET /path?query`, or with the body after it: `POST /path {"a":1}`. Without it the answer is for everything. */
  readonly to?: string
  readonly status?: number
  readonly headers?: Record<string, string>
  /** JSON unless it is a text. */
  readonly body?: unknown
}

/** `{origin}` in a script is where the server turned out to be. */
export const placed = <T>(value: T, origin: string): T => JSON.parse(JSON.stringify(value).replaceAll('{origin}', origin)) as T

export function scripted(answers: readonly ScriptedAnswer[]): Promise<TestServer> {
  return serve((request, response) => {
    const origin = `http://127.0.0.1:${response.socket?.localPort}`
    const line = lineOf(request)
    const found = placed(answers, origin).find(({ to }) => to === undefined || to === line || to === `${request.method} ${request.url}`)
    if (!found) return response.writeHead(599).end(`the script has no answer to ${line}`)
    const text = found.body === undefined ? '' : typeof found.body === 'string' ? found.body : JSON.stringify(found.body)
    response
      .writeHead(found.status ?? 200, {
        'content-type': typeof found.body === 'string' ? 'text/plain' : 'application/json',
        ...found.headers,
      })
      .end(text)
  })
}

export const lineOf = ({ method, url, body }: Asked): string => [method, url, body].filter((part) => part !== '').join(' ')

export const unlimited: ConnectionSlots = {
  use: (_connection, _level, _signal, work) => work(),
  lockIds: async () => () => undefined,
  tooMany: () => undefined,
  wentWell: () => undefined,
}

export function stage(
  slots: ConnectionSlots = unlimited,
  patience: { readonly requestMs?: number } = {},
): { source: SourceAdaptor; sink: SinkAdaptor; older: SourceAdaptor } {
  const client = createHttpClient({ privateNetwork: 'allow' })
  onTestFinished(() => client.close())
  const { sources, sinks } = adaptors({ send: client.send, slots, evaluator, privateNetwork: 'allow', firstWait: 1, ...patience })
  const older = sources.find(({ adaptorType }) => adaptorType === 'RESTExport') as SourceAdaptor
  return { source: sources[0] as SourceAdaptor, sink: sinks[0] as SinkAdaptor, older }
}

const id = (n: number): string => String(n).padStart(24, '0')
const stamps = { createdAt: '2026-01-01T00:00:00.000Z', lastModified: '2026-01-01T00:00:00.000Z' }

export const connectionTo = (origin: string, http: object = {}, rest: object = {}): ConnectionDoc =>
  ({
    ...stamps,
    _id: id(1),
    name: 'a connection',
    type: 'http',
    ...rest,
    http: { mediaType: 'json', baseURI: origin, ...http },
  }) as unknown as ConnectionDoc

export const exportDoc = (fields: object): ExportDoc =>
  ({ ...stamps, _id: id(2), name: 'an export', adaptorType: 'HTTPExport', ...fields }) as unknown as ExportDoc
export const importDoc = (fields: object): ImportDoc =>
  ({ ...stamps, _id: id(3), name: 'an import', adaptorType: 'HTTPImport', ...fields }) as unknown as ImportDoc

export const aRun = (fields: object = {}): Run =>
  ({
    signal: AbortSignal.timeout(20_000),
    accountId: id(4),
    envId: id(4),
    jobId: id(5),
    flow: { ...stamps, _id: id(6), name: 'a flow' },
    currentExportDateTime: '2026-02-03T04:05:06.000Z',
    testMode: false,
    ...fields,
  }) as unknown as Run

export async function collect(pages: AsyncIterable<Page>, most = 1000): Promise<Page[]> {
  const collected: Page[] = []
  for await (const page of pages) {
    collected.push(page)
    if (collected.length >= most) break
    await page.ack?.()
  }
  return collected
}

/** All cases of the files in `test/cases/<folder>/`. */
export function casesIn<T>(folder: string): (T & { readonly name: string })[] {
  const path = new URL(`../../cases/${folder}/`, import.meta.url)
  return readdirSync(path).flatMap((file) => JSON.parse(readFileSync(new URL(file, path), 'utf8')) as (T & { name: string })[])
}
