/** From a step's templates to the request that is sent. Templates are read once; what is constant in them costs nothing a record. */
import { mask } from '../../../contract/kit.ts'
import { StepFailure } from '../../adaptor.ts'
import type { Credentials } from '../../outgoing/auth.ts'
import type { HttpRequest } from '../../outgoing/message.ts'
import { textTemplate, type Context, type Text } from '../../outgoing/text.ts'
import type { RenderOptions } from '../../steps/template.ts'
import { bodyText, contentTypes } from './body.ts'

export interface RequestTemplates {
  readonly method: string
  readonly relativeURI: string
  readonly headers: readonly { readonly name?: string | undefined; readonly value?: string | undefined }[]
  readonly body: string | undefined
  /** What the body is written as; integrator.io's words for it. */
  readonly mediaType: string
  readonly options?: RenderOptions
}

export interface RequestInput {
  /** What URI and headers are rendered with. Called at most once, and not at all when they are constant. */
  readonly context: () => Context
  /** What the body is rendered with, where that differs. */
  readonly bodyContext?: () => Context
  /** The body when there is no template for it. */
  readonly payload?: unknown
  /** A URL that an answer named; takes the place of the template. */
  readonly url?: string
}

export type RequestBuilder = (input: RequestInput) => HttpRequest

const bodyless = new Set(['GET', 'HEAD', 'DELETE'])

export function requestBuilder(templates: RequestTemplates, credentials: Credentials): RequestBuilder {
  const { method, mediaType, options } = templates
  const contentType = contentTypes[mediaType]
  if (!contentType) throw unsupported(mediaType)
  const relativeURI = uriTemplate(templates.relativeURI, options)
  const body = templates.body === undefined ? undefined : textTemplate(templates.body, mediaType === 'json' ? 'json' : 'raw', options)
  const headers = templates.headers
    .map(({ name, value }) => [(name ?? '').toLowerCase(), textTemplate(value ?? '', 'raw', options)] as const)
    .filter(([name]) => name !== '')
  const bodyMayHoldSecret = templates.body?.includes('connection') ?? false
  return redacting(credentials, (sent) => {
    const known = memo(sent.context)
    const meant = sent.url ?? joined(credentials.baseURI, relativeURI(known))
    const own = isOwn(credentials.origin, meant)
    // A step that names another origin itself reads masks there, whatever its templates make of them, and is refused where it would send one.
    const isElsewhere = !own && sent.url === undefined
    const input = isElsewhere ? hiding(sent, known, credentials) : sent
    const context = isElsewhere ? memo(input.context) : known
    const url = isElsewhere ? joined(credentials.baseURI, relativeURI(context)) : meant
    const content = contentOf(method, mediaType, body, input, context)
    const secretBody = content !== undefined && bodyMayHoldSecret && credentials.holds(content)
    // Where an answer leads to another origin, what the step's own templates say of the connection's secrets stays behind like its credentials.
    const isLedAway = !own && input.url !== undefined
    if (isLedAway && secretBody) throw ledAway()
    if (isElsewhere && [url, content ?? '', ...Object.values(rendered(headers, context))].some(holdsMask)) throw elsewhere()
    const ofStep = Object.entries(rendered(headers, context)).filter(([, value]) => !isLedAway || !credentials.holds(value))
    const request: HttpRequest = {
      method,
      url,
      headers: {
        accept: 'application/json, */*;q=0.5',
        'user-agent': 'Sluice',
        ...(content !== undefined && { 'content-type': contentType }),
        ...(own && credentials.headers()),
        ...Object.fromEntries(ofStep),
      },
      ...(content !== undefined && { body: content }),
      ...(secretBody && { secretBody }),
    }
    return own ? credentials.complete(request) : request
  })
}

/** A template that cannot be rendered says which value it stumbled over, and that may be a secret of the connection. */
function redacting(credentials: Credentials, build: RequestBuilder): RequestBuilder {
  return (input) => {
    try {
      return build(input)
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error
      throw new StepFailure({ ...error.failure, message: credentials.redact(error.failure.message) })
    }
  }
}

/** A template that is one expression holds the whole URI: encoding it as a part of one would make it useless. */
export const uriTemplate = (template: string, options?: RenderOptions): Text =>
  textTemplate(template, /^\s*\{\{[^{}]+\}\}\s*$/.test(template) ? 'raw' : 'uri', options)

function contentOf(
  method: string,
  mediaType: string,
  body: Text | undefined,
  input: RequestInput,
  context: () => Context,
): string | undefined {
  if (body) return bodyText(body(input.bodyContext ?? context), mediaType)
  if (input.payload === undefined || bodyless.has(method)) return undefined
  return bodyText(input.payload, mediaType)
}

function rendered(headers: readonly (readonly [string, Text])[], context: () => Context): Record<string, string> {
  const made: Record<string, string> = {}
  for (const [name, value] of headers) made[name] = value(context)
  return made
}

function memo<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** Behind the base URI, with exactly one slash between; a full URL stands for itself. The slash also keeps `@host` from becoming the host. */
export function joined(baseURI: string, relativeURI: string): string {
  const relative = relativeURI.trim()
  if (/^https?:\/\//i.test(relative)) return upgraded(baseURI, relative)
  if (relative === '' || relative.startsWith('?')) return `${baseURI}${relative}`
  return `${baseURI}${relative.startsWith('/') ? '' : '/'}${relative}`
}

/** Servers behind a TLS proxy name themselves with http:; credentials would be held back from that origin, so it is read as what is meant. */
function upgraded(baseURI: string, absolute: string): string {
  const url = URL.parse(absolute)
  if (!url) return absolute
  const base = new URL(baseURI)
  if (base.protocol === 'https:' && url.protocol === 'http:' && url.hostname === base.hostname && url.port === '')
    return url.href.replace(/^http:/, 'https:')
  return url.href
}

/** Whether a URL lies at the connection's own origin: credentials go nowhere else, whoever wrote the URL. */
function isOwn(origin: string, url: string): boolean {
  return url.startsWith(origin) && (url.length === origin.length || '/?#'.includes(url.charAt(origin.length)))
}

function hiding(input: RequestInput, context: () => Context, credentials: Credentials): RequestInput {
  const { bodyContext } = input
  const hidden = (from: () => Context) => (): Context => ({ ...from(), ...credentials.hidden() })
  return { ...input, context: hidden(context), ...(bodyContext && { bodyContext: hidden(bodyContext) }) }
}

/** Also as a part of an address. */
const holdsMask = (text: string): boolean => text.includes(mask) || text.includes(encodeURIComponent(mask))

const elsewhere = (): StepFailure =>
  new StepFailure({
    source: 'connection',
    code: 'address_refused',
    message:
      'The step names another origin than its connection, and its address, headers or body hold a secret of the connection. It is not sent there.',
  })

const ledAway = (): StepFailure =>
  new StepFailure({
    source: 'connection',
    code: 'address_refused',
    message:
      'The application names a next page at another origin, and the body for it holds a secret of the connection. It is not sent there.',
  })

const unsupported = (mediaType: string): StepFailure =>
  new StepFailure({
    source: 'internal',
    code: 'media_type_unsupported',
    message: `Requests cannot be written as ${mediaType} yet; json, urlencoded, xml, csv and plaintext can.`,
  })
