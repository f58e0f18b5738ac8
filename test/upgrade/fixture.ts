/** What fixtures have in common: who owns their data, and what opens its secrets. */

export const fixtureToken = 'owner-token-for-tests'
export const fixtureKey = Buffer.alloc(32, 7)

/** An answer of an earlier version. */
export interface KeptAnswer {
  readonly path: string
  readonly status: number
  readonly body?: unknown
}

export interface KeptAnswers {
  readonly commit: string
  readonly writtenAt: string
  readonly answers: readonly KeptAnswer[]
}

/** Bodies of every shape. */
// oxlint-disable-next-line typescript/no-explicit-any -- bodies of every shape
export type Body = any

export type Call = (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Body
}

export const callerOf =
  (url: string): Call =>
  async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${fixtureToken}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, headers: response.headers, text, body: isJson && text !== '' ? JSON.parse(text) : undefined }
  }
