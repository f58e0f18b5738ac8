/**
 * Texts of a request that are made of the request itself: templates that read `hmacOptions` or `hashOptions`, or call `aws4`. They are rendered once everything
 * else is there; headers anew for each try and each redirect, since applications look at the time of a signature.
 */
import { isObject } from '../../../contract/walk.ts'
import type { Lookup } from '../../../contract/shared/lookup.ts'
import { parseBounded } from '../../../domain/limits/parse-json.ts'
import { StepFailure } from '../../adaptor.ts'
import type { Evaluate } from '../../evaluation/evaluator.ts'
import type { Credentials } from '../../outgoing/auth/credentials.ts'
import { unreachable } from '../../outgoing/failure.ts'
import type { HttpRequest, Proof } from '../../outgoing/message.ts'
import { withWholeBody } from '../../outgoing/streamed-body.ts'
import { createRendering, type Context, type Rendering, type Text, type TextsInput } from '../../outgoing/request-texts.ts'
import { isTemplate } from '../../template/template.ts'
import { awsHeaders } from '../../values/aws-signature.ts'
import { joined } from './joined.ts'
import type { Parted } from './request-parts.ts'

type Signable = Pick<HttpRequest, 'method' | 'headers' | 'body'>

export interface RequestSigning extends Pick<Rendering, 'sees'> {
  /** All texts as they are rendered before: without those that are made of the request. Of an address what stands before its query. */
  readonly before: readonly Text[]
  /** Whether the step's own headers are made of the request, and the one at this place is. */
  readonly signsStep: boolean
  signsStepHeader(place: number): boolean
  /** With the address and the parameter of the connection, where these are made of the request. Throws `StepFailure`. */
  complete(texts: Parted, input: TextsInput, request: Signable, url: string | undefined): Promise<Parted>
  /** The request whose headers are made when it goes out. */
  sign(request: HttpRequest, texts: Parted, input: TextsInput): HttpRequest
}

/** Places of the texts of a request: its address, its body, its own headers, and then what the connection adds. */
const [ofURI, ofBody, firstHeader] = [0, 1, 2]

const ofRequest = /\b(?:hmacOptions|hashOptions|aws4)\b/
const isMadeOfRequest = (template: string): boolean => isTemplate(template) && ofRequest.test(template)

/** Undefined where none of the texts is made of the request, as in most. */
export function createSigning(
  texts: readonly Text[],
  stepHeaders: readonly string[],
  around: { readonly shared: Context; readonly tables?: readonly Lookup[] },
  credentials: Credentials,
  evaluate: Evaluate,
): RequestSigning | undefined {
  const places = texts.flatMap(({ template }, place) => (place !== ofBody && isMadeOfRequest(template) ? [place] : []))
  if (places.length === 0) return undefined
  const own = places.map((place) => texts[place] as Text)
  const rendering = createRendering(evaluate, { texts: own, ...around })
  const names = [...stepHeaders, ...credentials.headerNames]
  const firstOfConnection = firstHeader + stepHeaders.length
  const parameter = firstHeader + names.length
  const isOfAws = own.some(({ template }) => /\baws4\b/.test(template))
  /** By their places. */
  const render = async (wanted: readonly number[], input: TextsInput, request: Signable & { readonly url: string }) => {
    const without = places.flatMap((place, i) => (wanted.includes(place) ? [] : [i]))
    const rendered = await rendering.render({
      ...input,
      without,
      request: describe(request, input.own?.connection ? input.own : credentials.context),
    })
    return new Map(places.map((place, i) => [place, rendered[i] ?? '']))
  }
  const headers = places.filter((place) => place >= firstHeader && place < parameter)
  const makeHeaders = async (request: HttpRequest, texts: Parted, input: TextsInput): Promise<HttpRequest> => {
    const there = Object.entries(request.headers).filter(([name]) => !headers.some((place) => names[place - firstHeader] === name))
    const dated = { ...request, headers: { ...Object.fromEntries(there), ...(isOfAws && awsHeaders(request.body, new Date())) } }
    const made = await render(headers, input, dated)
    const ofConnection = credentials.headers(texts.ofConnection.map((text, i) => made.get(firstOfConnection + i) ?? text))
    const signed = headers.map((place): [string, string] => {
      const name = names[place - firstHeader] ?? ''
      return [name, place < firstOfConnection ? (made.get(place) ?? '') : (ofConnection[name] ?? '')]
    })
    // Those of the step come last, and go before those of the connection.
    return { ...dated, headers: { ...dated.headers, ...Object.fromEntries(signed.toReversed()) } }
  }
  return {
    sees: rendering.sees,
    before: texts.map((text, place) =>
      places.includes(place) ? { ...text, template: place === ofURI ? pathOf(text.template) : '' } : text,
    ),
    signsStep: headers.some((place) => place < firstOfConnection),
    signsStepHeader: (i) => headers.includes(firstHeader + i),
    async complete(texts, input, request, named) {
      const url = (relativeURI: string): string => named ?? joined(credentials.baseURI, relativeURI)
      const isURI = named === undefined && places.includes(ofURI)
      const relativeURI = isURI
        ? ((await render([ofURI], input, { ...request, url: url(texts.relativeURI) })).get(ofURI) ?? '')
        : texts.relativeURI
      if (!places.includes(parameter)) return { ...texts, relativeURI }
      const made = await render([parameter], input, { ...request, url: url(relativeURI) })
      return { ...texts, relativeURI, ofConnection: texts.ofConnection.with(-1, made.get(parameter) ?? '') }
    },
    sign: (request, texts, input) =>
      headers.length === 0 ? request : withProof(request, (proven) => makeHeaders(proven, texts, input), credentials),
  }
}

/** Of a template of an address: what it says before its query. */
const pathOf = (template: string): string => template.replaceAll(/\{\{[^{}]*\}\}|\?[^]*/g, (part) => (part.startsWith('?') ? '' : part))

/** What templates see of the request, by integrator.io's names. */
function describe({ method, url, headers, body }: Signable & { readonly url: string }, { connection }: Context) {
  const { host, pathname, search, searchParams } = new URL(url)
  const text = body?.toString() ?? ''
  const { http } = connection as { readonly http: { readonly encrypted: unknown } }
  return {
    method,
    headers,
    body: text,
    bodyParametersMap: parametersOf(text, headers['content-type']),
    http: { encrypted: http.encrypted },
    baseURI: host,
    relativeURI: pathname,
    urlParameters: search.slice(1),
    urlParametersMap: Object.fromEntries(searchParams),
    URI: url,
  }
}

function parametersOf(body: string, contentType = ''): unknown {
  if (/urlencoded/i.test(contentType)) return Object.fromEntries(new URLSearchParams(body))
  try {
    const parsed = parseBounded(body)
    return isObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

function withProof(request: HttpRequest, sign: (proven: HttpRequest) => Promise<HttpRequest>, { redact }: Credentials): HttpRequest {
  const { proof } = request
  const signing: Proof = {
    ...proof,
    async prove(asked, signal) {
      const proven = proof ? await proof.prove(asked, signal) : asked
      const whole = 'kind' in proven ? proven : await withWholeBody(proven)
      if ('kind' in whole) return whole
      try {
        return await sign(whole)
      } catch (error) {
        if (!(error instanceof StepFailure)) throw error
        return unreachable('sign_in_failed', redact(error.failure.message))
      }
    },
  }
  return { ...request, proof: signing }
}
