/** From a step's templates to the request that is sent. Templates are read once; what is constant in them costs nothing a record. */
import { mask } from '../../../contract/kit.ts'
import type { Lookup } from '../../../contract/shared/lookup.ts'
import { StepFailure } from '../../adaptor.ts'
import type { Evaluate } from '../../evaluation/evaluator.ts'
import type { Credentials } from '../../outgoing/auth/credentials.ts'
import type { HttpRequest } from '../../outgoing/message.ts'
import { createRendering, type Context, type Rendering, type Text, type TextsInput } from '../../outgoing/request-texts.ts'
import type { Escaping } from '../../template/template.ts'
import { bodyText, contentTypes, inCharset, writeForm } from './body.ts'
import { isOwnOrigin } from './own-origin.ts'
import { withoutSecrets, type ConnectionClient } from './connection-client.ts'
import { joined } from './joined.ts'
import type { Parted } from './request-parts.ts'
import { createSigning } from './request-signing.ts'

export interface RequestTemplates {
  readonly method: string
  readonly relativeURI: string
  readonly headers: readonly { readonly name?: string | undefined; readonly value?: string | undefined }[]
  readonly body: string | undefined
  /** What the body is written as; integrator.io's words for it. */
  readonly mediaType: string
  /** What templates see beside the records. */
  readonly shared: Context
  /** A missing value is an error instead of nothing. */
  readonly strict?: boolean
  /** Tables that `{{lookup "name" value}}` reads. */
  readonly tables?: readonly Lookup[]
  /** The URI is where the answer before leads: a blank one is the end, and the connection's secrets stay behind at another origin. */
  readonly isOnward?: boolean
}

/** What templates see, and what there is besides. */
export interface RequestInput extends Omit<TextsInput, 'without'> {
  /** The body when there is no template for it. */
  readonly payload?: unknown
  /** A URL that an answer named; takes the place of the template. */
  readonly url?: string
}

/** Undefined after the last page of a source whose URI says so by being blank. */
export type RequestBuilder = (input: RequestInput) => Promise<HttpRequest | undefined>

const bodyless = new Set(['GET', 'HEAD', 'DELETE'])

export function requestBuilder(
  templates: RequestTemplates,
  { credentials, evaluate }: Pick<ConnectionClient, 'credentials' | 'evaluate'>,
): RequestBuilder {
  const { method, mediaType, isOnward = false } = templates
  const contentType = contentTypes[mediaType]
  if (!contentType) throw unsupported(mediaType)
  const { rendering, parted, signing } = textsOf(templates, credentials, evaluate)
  const bodyMayHoldSecret = templates.body?.includes('connection') ?? false
  const always = signing ? undefined : rendering.constant && parted(rendering.constant)
  const textsFor = async (input: RequestInput): Promise<Parted> => {
    const texts = parted(await rendering.render(seen(rendering, input)))
    if (!signing) return texts
    const content = contentOf(method, mediaType, texts.body, input.payload)
    return signing.complete(
      texts,
      seen(signing, input),
      { method, headers: {}, ...(content !== undefined && { body: content }) },
      input.url,
    )
  }
  const obtained = seesConnection(templates, credentials) ? credentials.obtained : undefined
  const build: RequestBuilder = redacting(credentials, async (sent) => {
    const input = obtained ? { ...sent, own: { ...sent.own, ...(await obtained()) } } : sent
    const meant = always ?? (await textsFor(input))
    if (isOnward && meant.relativeURI.trim() === '') return undefined
    const isLed = isOnward || input.url !== undefined
    const own = isOwnOrigin(credentials.origin, input.url ?? joined(credentials.baseURI, meant.relativeURI))
    // A step that names another origin itself reads masks there, whatever its templates make of them, and is refused where it would send one.
    const isElsewhere = !own && !isLed
    const texts = isElsewhere ? await textsFor({ ...input, own: { ...input.own, ...credentials.hidden() } }) : meant
    const url = input.url ?? joined(credentials.baseURI, texts.relativeURI)
    const content = contentOf(method, mediaType, texts.body, input.payload)
    const secretBody = content !== undefined && bodyMayHoldSecret && credentials.holds(content)
    // Where an answer leads to another origin, what the step's own templates say of the connection's secrets stays behind like its credentials.
    const isLedAway = !own && isLed
    if (isLedAway && secretBody) throw ledAway()
    if (isElsewhere && signing?.signsStep) throw signedElsewhere()
    if (isElsewhere && [url, content ?? '', ...texts.headers.map(([, value]) => value)].some(holdsMask)) throw elsewhere()
    const form = mediaType === 'form-data' && content !== undefined ? await writeForm(content) : undefined
    // What stands between the parts of a form is in its content type, so nobody else says that.
    const ofStep = texts.headers.filter(
      ([name, value], i) => !(isLedAway && (credentials.holds(value) || signing?.signsStepHeader(i))) && !(form && name === 'content-type'),
    )
    const request: HttpRequest = {
      method,
      url,
      headers: {
        accept: 'application/json, */*;q=0.5',
        'user-agent': 'Sluice',
        ...(content !== undefined && { 'content-type': form?.contentType ?? contentType }),
        ...(own && credentials.headers(texts.ofConnection)),
        ...Object.fromEntries(ofStep),
      },
      ...(content !== undefined && { body: form?.content ?? content }),
      ...(secretBody && { secretBody }),
      ...(own && obtained && { again: async () => (await build(sent)) as HttpRequest }),
    }
    const written = withCharset(own ? credentials.complete(request, texts.ofConnection) : request)
    return own && signing ? signing.sign(written, texts, seen(signing, input)) : written
  })
  return build
}

const redacting =
  (credentials: Credentials, build: RequestBuilder): RequestBuilder =>
  (input) =>
    build(input).catch(withoutSecrets(credentials))

function withCharset(request: HttpRequest): HttpRequest {
  const { body, headers } = request
  return typeof body === 'string' ? { ...request, body: inCharset(body, headers['content-type'] ?? '') } : request
}

/** Whether any text may read what the connection obtained by signing in. */
const seesConnection = ({ relativeURI, body = '', headers }: RequestTemplates, { texts }: Credentials): boolean =>
  [relativeURI, body, ...headers.map(({ value = '' }) => value), ...texts.map(({ template }) => template)].some((text) =>
    text.includes('connection'),
  )

/** All texts of a request in one rendering: the URI, the body where it has a template, the step's headers, and what the connection adds. */
function textsOf(
  { relativeURI, body, headers, mediaType, shared, strict = false, tables }: RequestTemplates,
  credentials: Credentials,
  evaluate: Evaluate,
) {
  const named = headers.map(({ name, value }) => [(name ?? '').toLowerCase(), value ?? ''] as const).filter(([name]) => name !== '')
  const texts: Text[] = [
    { template: relativeURI, escaping: escapingOfURI(relativeURI), strict, sees: 'context' },
    { template: body ?? '', escaping: escapingOfBody(body ?? '', mediaType), strict, sees: 'body' },
    ...named.map(([, template]): Text => ({ template, escaping: 'raw', strict, sees: 'context' })),
    ...credentials.texts,
  ]
  const around = { shared, ...(tables && { tables }) }
  const signing = createSigning(
    texts,
    named.map(([name]) => name),
    around,
    credentials,
    evaluate,
  )
  const rendering = createRendering(evaluate, { texts: signing?.before ?? texts, ...around })
  const parted = (rendered: readonly (string | null)[]): Parted => {
    const [uri, content, ...rest] = rendered.map((text) => text ?? '')
    return {
      relativeURI: uri ?? '',
      body: body === undefined ? undefined : (content ?? ''),
      headers: named.map(([name], i) => [name, rest[i] ?? '']),
      ofConnection: rest.slice(named.length),
    }
  }
  return { rendering, parted, signing }
}

/** Without what none of its texts sees, and without the URI where the answer named one. */
function seen(
  { sees }: Pick<Rendering, 'sees'>,
  { payload: _payload, url, records, data, record, lookups, mapped, ...input }: RequestInput,
): TextsInput {
  const needsRecords = sees.context || (sees.body && data === undefined)
  return {
    ...input,
    ...(url !== undefined && { without: [0] }),
    ...(needsRecords && records && { records }),
    ...(sees.body && mapped !== undefined && { mapped }),
    ...((sees.context || (sees.body && mapped === undefined)) && record !== undefined && { record }),
    ...(sees.body && data && { data }),
    ...((sees.context || sees.body) && lookups && { lookups }),
  }
}

/** A template that is one expression holds the whole URI: encoding it as a part of one would make it useless. */
const escapingOfURI = (template: string): Escaping => (/^\s*\{\{[^{}]+\}\}\s*$/.test(template) ? 'raw' : 'uri')

/** Fields of a form may be given as a JSON object, and then values stand in its texts. */
function escapingOfBody(template: string, mediaType: string): Escaping {
  if (mediaType === 'urlencoded') return /^\s*\{(?!\{)/.test(template) ? 'json' : 'uri'
  if (mediaType === 'form-data') return 'json'
  return mediaType === 'json' || mediaType === 'xml' || mediaType === 'csv' ? mediaType : 'raw'
}

function contentOf(method: string, mediaType: string, body: string | undefined, payload: unknown): string | undefined {
  if (body !== undefined) return bodyText(body, mediaType)
  if (payload === undefined || bodyless.has(method)) return undefined
  return bodyText(payload, mediaType)
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

const signedElsewhere = (): StepFailure =>
  new StepFailure({
    source: 'connection',
    code: 'address_refused',
    message:
      'The step names another origin than its connection, and signs its request. Requests are signed for the origin of their connection only.',
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
    message: `Requests cannot be written as ${mediaType} yet; json, urlencoded, form-data, xml, csv and plaintext can.`,
  })
