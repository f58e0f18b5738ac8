/** The demo's only way to Sluice: its public API, with the owner's token. Unknown fields are refused, so that a slip here does not pass for a feature. */
import { CallRefused, createClient, type ApiClient } from '../src/contract/call.ts'
import { Broken } from './promise.ts'

export interface Api extends ApiClient {
  readonly url: string
  readonly token: string
}

/** No request of the demo takes longer on a machine that works. In milliseconds. */
const patience = 30_000

/** Throws `Broken` on an error, in the server's own words. */
export function apiAt(url: string, token: string): Api {
  const client = createClient(({ path, headers, ...request }) =>
    fetch(url + path, {
      ...request,
      headers: { authorization: `Bearer ${token}`, prefer: 'handling=strict', ...headers },
      signal: AbortSignal.timeout(patience),
    }),
  )
  return {
    url,
    token,
    call: (name, ...input) =>
      client.call(name, ...input).catch((error: unknown) => {
        throw error instanceof CallRefused ? new Broken(error.message) : error
      }),
  }
}
