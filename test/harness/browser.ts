/** A browser with the console of a server open: it keeps the cookie of its session, and sends what a page of that server sends. */
import type { Answer } from './api.ts'

export interface Browser {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  signIn(as: object): Promise<Answer>
  /** `sluice_session=...`; undefined while nobody is signed in. */
  cookie(): string | undefined
  /** All cookies, by their names. */
  readonly cookies: Map<string, string>
}

const page = { 'sec-fetch-site': 'same-origin', 'x-sluice-console': '1', 'user-agent': 'Firefox' }

export function openBrowser(api: { readonly url: string }): Browser {
  const cookies = new Map<string, string>()
  const held = (name: string): string | undefined => (cookies.has(name) ? `${name}=${cookies.get(name)}` : undefined)
  const call: Browser['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(api.url + path, {
      method,
      headers: {
        ...page,
        ...(cookies.size > 0 && { cookie: [...cookies.keys()].map(held).join('; ') }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : undefined }
  }
  return { call, signIn: (as) => call('POST', '/v1/session', as), cookie: () => held('sluice_session'), cookies }
}
