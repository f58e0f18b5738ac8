/** Follows redirects as a browser would, but takes no credentials to another origin and never from https to http. */
import { formatOrigin, unreachable } from './failure.ts'
import type { HttpRequest, HttpResult, Send } from './message.ts'

/** Browsers stop at 20; an API that needs more than 5 is going in circles. */
const maxRedirects = 5

/**
 * The headers that may be taken to another origin. A list of what is safe and not of what is secret: a connection may put its key
 * into any header it likes.
 */
const harmless = new Set(['accept', 'accept-encoding', 'accept-language', 'content-type', 'user-agent'])

export function followRedirects(send: Send): Send {
  return async (request, signal) => {
    let result = await sendProven(send, request, signal)
    if (request.staysPut) return result
    for (let hops = 0; result.kind === 'answer'; hops++) {
      const next = onward(request, result)
      if (next === undefined) return result
      if (hops === maxRedirects)
        return unreachable(
          'redirect_refused',
          `${formatOrigin(request.url)} redirected more than ${maxRedirects} times. Give the step the address at which it answers in the end; one that leads in a circle has none.`,
        )
      if ('kind' in next) return next
      request = next
      result = await sendProven(send, request, signal)
    }
    return result
  }
}

async function sendProven(send: Send, request: HttpRequest, signal: AbortSignal): Promise<HttpResult> {
  if (!request.proof) return send(request, signal)
  const proven = await request.proof.prove(request, signal)
  return 'kind' in proven ? proven : send(proven, signal)
}

/** The request that a redirect asks for, why it is not made, or undefined when `answer` is no redirect. */
function onward(
  request: HttpRequest,
  answer: HttpResult & { kind: 'answer' },
): HttpRequest | (HttpResult & { kind: 'unreachable' }) | undefined {
  const { statusCode, headers } = answer
  const location = headers['location']
  if (statusCode < 301 || statusCode > 308 || ![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string')
    return undefined
  const from = new URL(request.url)
  const to = URL.parse(location, from.href)
  if (!to) return unreachable('redirect_refused', `${formatOrigin(from)} redirected to something that is not a URL.`)
  if (to.protocol !== 'https:' && to.protocol !== 'http:')
    return unreachable('redirect_refused', `${formatOrigin(from)} redirected to ${to.protocol}, which is not followed.`)
  if (from.protocol === 'https:' && to.protocol === 'http:')
    return unreachable('redirect_refused', `${formatOrigin(from)} redirected from https to http, which is not followed.`)
  // User info in a Location would become a header of somebody else's choice.
  to.username = to.password = ''
  const rewritten = methodAfter(request, statusCode)
  if (to.origin === from.origin && !rewritten.leavesProof) return { ...rewritten, url: to.href }
  if (rewritten.secretBody && rewritten.body !== undefined) {
    return unreachable(
      'redirect_refused',
      `${formatOrigin(from)} redirected a request whose body holds credentials to ${formatOrigin(to)}, which is not followed.`,
    )
  }
  if (rewritten.needsProof) {
    return unreachable(
      'redirect_refused',
      `${formatOrigin(from)} redirected a download to ${formatOrigin(to)}. It is to be asked for with the credentials of the connection (sendAuthForFileDownloads), which are sent to its own origin only. Turn that off, or give ${formatOrigin(to)} a connection of its own.`,
    )
  }
  const { tls: _tls, proof: _proof, ...elsewhere } = rewritten
  return { ...elsewhere, url: to.href, headers: keep(rewritten.headers, (name) => harmless.has(name)) }
}

/** 303 asks for a GET; 301 and 302 make a GET of a POST, as every browser does; 307 and 308 repeat the request as it was. */
function methodAfter(request: HttpRequest, statusCode: number): HttpRequest {
  const asGet = statusCode === 303 ? request.method !== 'HEAD' : statusCode <= 302 && request.method === 'POST'
  if (!asGet) return request
  const { body: _body, content: _content, ...rest } = request
  return { ...rest, method: 'GET', headers: keep(request.headers, (name) => !name.startsWith('content-')) }
}

const keep = (headers: HttpRequest['headers'], wanted: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => wanted(name.toLowerCase())))
