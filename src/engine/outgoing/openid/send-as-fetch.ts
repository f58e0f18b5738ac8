/** The guarded client as the `fetch` that OpenID libraries ask with. An answer that did not come is thrown as a sentence. */
import type { CustomFetch } from 'openid-client'
import type { Send } from '../message.ts'

/** Keys, tokens and what a provider says of itself take some 20 KB. Bytes. */
const maxBody = 1024 * 1024
/** Statuses whose answers have no body. */
const withoutBody = new Set([101, 204, 205, 304])

/** The provider did not answer. */
export class ProviderSilent extends Error {
  override readonly name = 'ProviderSilent'
}

export const sendAsFetch =
  (send: Send, timeout: number): CustomFetch =>
  async (url, { method, headers, body, signal }) => {
    const request = {
      method,
      url,
      headers,
      timeout,
      maxBody,
      staysPut: true,
      ...(body instanceof URLSearchParams && { body: body.toString() }),
    }
    const result = await send(request, signal ?? new AbortController().signal)
    if (result.kind === 'unreachable') throw new ProviderSilent(firstSentence(result.message))
    const fields = Object.entries(result.headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((each): [string, string] => [name, each]),
    )
    const { statusCode: status } = result
    // It is decompressed by now.
    const kept = fields.filter(([name]) => name !== 'content-encoding' && name !== 'content-length')
    return new Response(withoutBody.has(status) ? null : new Uint8Array(result.body), { status, headers: kept })
  }

/** What follows is advice to the owner of a flow. */
const firstSentence = (message: string): string => /^.*?\.(?= |$)/.exec(message)?.[0] ?? message
