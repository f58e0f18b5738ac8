/** What templates see of a connection that has signed in, and of its iClient; and how two ways of signing in are told apart. */
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { ConnectionDoc } from '../../adaptor.ts'
import type { Session } from '../../../domain/ports/sessions/session.ts'
import { isObject } from '../../../contract/walk.ts'
import type { Evaluate } from '../../evaluation/evaluator.ts'
import { createRendering, type Context } from '../request-texts.ts'

/** `connection.http.auth.token` holds what was obtained last, and `connection.http.encrypted` the further values of the answer. */
export function withSession(context: Context, session: Session | undefined): Context {
  if (!session) return context
  const connection = asObject(context.connection)
  const { http: block, ...others } = connection
  const http = asObject(block)
  const { auth: ofAuth, encrypted: ofEncrypted } = http as { readonly auth?: unknown; readonly encrypted?: unknown }
  const auth = asObject(ofAuth)
  const { token: ofToken } = auth as { readonly token?: unknown }
  const { token, refreshToken, values } = session
  const obtained = { ...(token !== undefined && { token }), ...(refreshToken !== undefined && { refreshToken }) }
  return {
    ...context,
    connection: {
      ...others,
      http: {
        ...http,
        auth: { ...auth, token: { ...asObject(ofToken), ...obtained } },
        ...(values && { encrypted: { ...asObject(ofEncrypted), ...values } }),
      },
    },
  }
}

const asObject = (value: unknown): Readonly<Record<string, unknown>> => (isObject(value) ? value : {})

/** How an answer of an application is judged says nothing of who signs in. */
const judging: ReadonlySet<string> = new Set([
  'failStatusCode',
  'failPath',
  'failValues',
  'failures',
  'useNewAuthFailSchema',
  'skipFollowAuthorizationHeader',
])

const signing = (auth: object | undefined): object =>
  Object.fromEntries(Object.entries(auth ?? {}).filter(([field]) => !judging.has(field)))

/** Changes with everything that decides who signs in, and where what is obtained goes. `href` is the base URI as it is rendered. */
export function printOf({ http, ssl, settings, iClient }: ConnectionDoc, href: string): string {
  const { auth, encrypted, unencrypted, disableStrictSSL, clientCertificates, _iClientId } = http ?? {}
  const { oauth2, jwt, settings: ofClient, provider: _provider, _id, name: _name, ...blocks } = iClient ?? {}
  const { createdAt: _created, lastModified: _modified, ...client } = blocks as Record<string, unknown>
  const texts = [
    signing(auth),
    encrypted,
    unencrypted,
    disableStrictSSL,
    clientCertificates,
    ssl,
    _iClientId,
    iClient && [_id, signing(oauth2), jwt, client],
  ]
  // Only where a template reads them.
  const read = JSON.stringify(texts).includes('settings') ? [settings, ofClient] : []
  const text = canonicalize(JSON.parse(JSON.stringify([href, ...texts, ...read]))) as string
  return createHash('sha256').update(text).digest('base64url')
}

/** A value with the templates in its texts rendered. */
export async function renderValues(evaluate: Evaluate, value: unknown, context: Context): Promise<unknown> {
  const templates: string[] = []
  const collect = (each: unknown): void => {
    if (typeof each === 'string') templates.push(each)
    else if (typeof each === 'object' && each !== null) Object.values(each).forEach(collect)
  }
  collect(value)
  const texts = templates.map((template) => ({ template, escaping: 'raw', sees: 'context' }) as const)
  const rendered = (await createRendering(evaluate, { texts, shared: context }).render({})).values()
  const refill = (each: unknown): unknown => {
    if (typeof each === 'string') return rendered.next().value ?? ''
    if (Array.isArray(each)) return each.map(refill)
    if (typeof each === 'object' && each !== null) return Object.fromEntries(Object.entries(each).map(([name, one]) => [name, refill(one)]))
    return each
  }
  return refill(value)
}
