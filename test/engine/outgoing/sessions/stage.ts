/** One connection that signs in at a server of the test, and the requests that go over it. */
import { onTestFinished } from 'vitest'
import type { ConnectionDoc, Run } from '../../../../src/engine/adaptor.ts'
import { createConnectionClient } from '../../../../src/engine/adaptors/http/connection-client.ts'
import { requestBuilder } from '../../../../src/engine/adaptors/http/request.ts'
import { createHttpClient } from '../../../../src/engine/outgoing/client.ts'
import type { HttpRequest } from '../../../../src/engine/outgoing/message.ts'
import { openUnkeptSessions } from '../../../../src/domain/sessions/sessions.ts'
import { connectionTo, unlimited } from '../../adaptors/stage.ts'
import { evaluator } from '../../evaluator.ts'

interface Told {
  readonly refused: ConnectionDoc[]
  readonly secrets: string[]
  readonly debug: string[]
}

interface Asked {
  readonly method?: string
  readonly relativeURI?: string
  readonly body?: string
  readonly headers?: readonly { readonly name: string; readonly value: string }[]
}

/** Sends requests over it, one session for all of them. */
export async function signedIn(origin: string, http: object, rest: object = {}) {
  const { send, close } = createHttpClient({ privateNetwork: 'allow' })
  onTestFinished(() => close())
  const told: Told = { refused: [], secrets: [], debug: [] }
  const run: Run = {
    signal: AbortSignal.timeout(20_000),
    envId: 'e',
    accountId: 'a',
    currentExportDateTime: '2026-01-01T00:00:00.000Z',
    testMode: false,
    sessions: openUnkeptSessions(),
    refused: (connection) => void told.refused.push(connection),
    learn: (secrets) => void told.secrets.push(...secrets),
    debug: { isWatched: () => true, tell: (_connection, _step, exchange) => void told.debug.push(JSON.stringify(exchange)) },
  }
  const connection = connectionTo(origin, http, { name: 'Shop', ...rest })
  const client = await createConnectionClient(
    { send, slots: unlimited, evaluator, firstWait: 1 },
    { doc: {}, connection, run },
    { skipRetries: true },
  )
  const ask = async ({ method = 'GET', relativeURI = '/orders', body, headers = [] }: Asked = {}) => {
    const templates = { method, relativeURI, headers, body, mediaType: 'json', shared: client.credentials.context }
    const result = await client.send((await requestBuilder(templates, client)({})) as HttpRequest)
    return result.kind === 'answer' ? result.statusCode : result
  }
  /** As if the session had been obtained long ago: what was obtained just now is not renewed for a refusal. */
  const age = async (): Promise<void> => {
    const kept = await client.credentials.session?.session(run.signal)
    if (kept && 'session' in kept) Object.assign(kept.session, { obtainedAt: 0 })
  }
  return { ask, told, client, age }
}
