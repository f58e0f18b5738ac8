/** Exports and connections of the older type `rest`, which are carried out over HTTP: cases of test/cases/older-rest. */
import { expect, it, onTestFinished } from 'vitest'
import type { ConnectionDoc, StepFailure } from '../../../src/engine/adaptor.ts'
import { createMasker } from '../../../src/domain/redaction/masker.ts'
import { listConnectionSecrets } from '../../../src/engine/outgoing/connection-secrets.ts'
import { adaptors, type AdaptorPorts } from '../../../src/engine/adaptors/index.ts'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import { adaptorOfConnection } from '../../../src/engine/plan/find-adaptor.ts'
import { evaluator } from '../evaluator.ts'
import { serve } from '../outgoing/server.ts'
import {
  unlimited,
  aRun,
  casesIn,
  collect,
  connectionTo,
  exportDoc,
  importDoc,
  lineOf,
  placed,
  scripted,
  stage,
  type ScriptedAnswer,
} from './stage.ts'

interface Case {
  readonly rest: object
  readonly http?: object
  readonly type?: string
  /** What the connection says of its proof, and whatever else it says. */
  readonly connection?: object
  readonly says?: object
  readonly answers: readonly ScriptedAnswer[]
  readonly requests: readonly string[]
  /** That the first request must have. */
  readonly headers?: object
  readonly records?: readonly object[]
  readonly failure?: string
}

const overRest = (origin: string, rest: object = {}): ConnectionDoc => {
  const { http: _http, ...doc } = connectionTo(origin)
  return { ...doc, type: 'rest', rest: { mediaType: 'json', baseURI: origin, authType: 'custom', ...rest } } as ConnectionDoc
}

const cases = casesIn<Case>('older-rest')
it('has cases', () => expect(cases.length).toBeGreaterThan(15))

it.each(cases)('$name', async ({ rest, http, type, connection, says, answers, requests, headers = {}, records, failure }) => {
  const server = await scripted(answers)
  const doc = exportDoc({ adaptorType: 'RESTExport', rest, ...(http && { http }), ...(type && { type }) })
  const pages = stage().older.pages({ doc, connection: overRest(server.origin, { ...connection, ...says }), run: aRun() }, undefined)
  const outcome = await collect(pages).catch((error: unknown) => error)
  expect(server.asked.map(lineOf)).toEqual(placed(requests, server.origin))
  if (failure !== undefined) expect((outcome as StepFailure).failure.message).toContain(failure)
  else expect((outcome as Awaited<ReturnType<typeof collect>>).flatMap((page) => page.records)).toEqual(records)
  expect(server.asked.map(lineOf)).toEqual(placed(requests, server.origin))
  expect(server.asked[0]?.headers ?? {}).toMatchObject(headers)
})

it('a ping asks what the connection says, and is judged by its words', async () => {
  const server = await scripted([{ to: 'POST /me {"a":1}', body: { state: 'down' } }])
  const client = createHttpClient({ privateNetwork: 'allow' })
  onTestFinished(() => client.close())
  const { connections } = adaptors({ send: client.send, slots: unlimited, evaluator } as AdaptorPorts)
  const ping = { pingRelativeURI: '/me', pingMethod: 'POST', pingBody: '{"a":1}', pingFailurePath: 'state', pingFailureValues: ['down'] }
  const connection = overRest(server.origin, { ...ping, disableStrictSSL: true })
  const adaptor = adaptorOfConnection(connections, connection)
  expect(adaptor.hasPing(connection)).toBe(true)
  expect(await adaptor.ping(connection, aRun())).toMatchObject({ message: 'The answer holds down at state.' })
  expect(adaptor.advise?.(connection)).toMatchObject([{ field: 'rest.disableStrictSSL' }])
})

it('an import goes out over such a connection, five requests at once by default, and its proof is masked', async () => {
  let open = 0
  let most = 0
  const server = await serve((_request, response) => {
    most = Math.max(most, ++open)
    setTimeout(() => (open--, response.end('{"id":1}')), 20)
  })
  const connection = overRest(server.origin, { authType: 'basic', basicAuth: { username: 'user', password: 'pass-word' } })
  const doc = importDoc({ http: { method: ['POST'], relativeURI: ['/o'] } })
  const outcomes = await stage().sink.write(
    { doc, connection, run: aRun() },
    Array.from({ length: 20 }, (_, id) => ({ record: { id }, mapped: { id } })),
  )
  expect(outcomes.every(({ kind }) => kind === 'done')).toBe(true)
  expect(most).toBe(5)
  expect(server.asked[0]?.headers.authorization).toBe(`Basic ${btoa('user:pass-word')}`)
  const { redact } = createMasker(listConnectionSecrets(connection))
  expect(redact(`pass-word ${btoa('user:pass-word')}`)).toBe('****** ******')
})
