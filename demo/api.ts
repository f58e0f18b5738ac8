/** The demo's only way to Sluice: its public API, with the owner's token. Unknown fields are refused, so that a slip here does not pass for a feature. */
import { Broken } from './promise.ts'

export interface Api {
  readonly url: string
  readonly token: string
  /** The body of the answer; undefined for a 204. Throws `Broken` on an error, in the server's own words. */
  call<Body>(method: string, path: string, body?: unknown): Promise<Body>
}

export interface Named {
  readonly _id: string
  readonly name: string
}

/** No request of the demo takes longer on a machine that works. In milliseconds. */
const patience = 30_000

export function apiAt(url: string, token: string): Api {
  return {
    url,
    token,
    async call<Body>(method: string, path: string, body?: unknown): Promise<Body> {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          prefer: 'handling=strict',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(patience),
      })
      const text = await response.text()
      if (!response.ok) throw new Broken(`${method} ${path} was answered ${response.status}: ${reasonIn(text)}`)
      return (text === '' ? undefined : JSON.parse(text)) as Body
    },
  }
}

function reasonIn(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors: { message: string; field?: string }[] }
    return errors.map(({ message, field }) => (field === undefined ? message : `${message} (${field})`)).join(' ')
  } catch {
    return text.slice(0, 500)
  }
}
