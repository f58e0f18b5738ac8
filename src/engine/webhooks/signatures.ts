/** How senders sign what they send: with a key that both sides know, over the bytes of the body and with some over more. Compared in constant time. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { ExportDoc } from '../adaptor.ts'
import type { WebhookRequest } from '../../domain/ports/flows/webhook-reader.ts'

type Webhook = NonNullable<ExportDoc['webhook']>
type Algorithm = NonNullable<Webhook['algorithm']>
type Encoding = NonNullable<Webhook['encoding']>

interface Scheme {
  readonly header: string
  readonly algorithm: Algorithm
  readonly encoding: Encoding
  /** The signatures in the header: it may hold several, or more than that. The whole of it by default. */
  readonly readFrom?: (header: string) => readonly string[]
  /** When it was signed, in milliseconds: what is too old was recorded and is sent again by somebody else. */
  readonly signedAt?: (request: WebhookRequest, header: string) => number
  /** What is signed, where it is more than the body. */
  readonly signed?: (request: WebhookRequest, header: string) => readonly (string | Buffer)[]
  readonly keyIsHex?: true
  /** A hash of the key and what is signed, from before there was HMAC. */
  readonly isPlainHash?: true
}

/** How far the clocks of both sides may be apart, and how long a request may be under way. Milliseconds. */
const toleranceMs = 5 * 60_000

/** `sha256=...` and the like. */
const afterPrefix = (header: string): readonly string[] => [header.replace(/^(?:sha\d+|v\d)=/i, '')]
/** Of `t=1,v1=a,v1=b`. */
const parts = (header: string, name: string): string[] =>
  header.split(',').flatMap((part) => (part.trim().startsWith(`${name}=`) ? [part.trim().slice(name.length + 1)] : []))
const seconds = (text: string | undefined): number => Number(text) * 1000

const hex = (header: string, algorithm: Algorithm, more: Partial<Scheme> = {}): Scheme => ({ header, algorithm, encoding: 'hex', ...more })
const base64 = (header: string, algorithm: Algorithm, more: Partial<Scheme> = {}): Scheme => ({
  header,
  algorithm,
  encoding: 'base64',
  ...more,
})

/** By provider, as each documents it. Where the export says header, algorithm or encoding itself, that holds. */
const schemes: Readonly<Partial<Record<NonNullable<Webhook['provider']>, Scheme>>> = {
  github: hex('x-hub-signature-256', 'sha256', { readFrom: afterPrefix }),
  shopify: base64('x-shopify-hmac-sha256', 'sha256'),
  slack: hex('x-slack-signature', 'sha256', {
    readFrom: afterPrefix,
    signedAt: ({ headers }) => seconds(headers['x-slack-request-timestamp']),
    signed: ({ headers, body }) => [`v0:${headers['x-slack-request-timestamp'] ?? ''}:`, body],
  }),
  dropbox: hex('x-dropbox-signature', 'sha256'),
  onfleet: hex('x-onfleet-signature', 'sha512', { keyIsHex: true }),
  helpscout: base64('x-helpscout-signature', 'sha1'),
  box: base64('box-signature-primary', 'sha256', {
    signedAt: ({ headers }) => Date.parse(headers['box-delivery-timestamp'] ?? ''),
    signed: ({ headers, body }) => [body, headers['box-delivery-timestamp'] ?? ''],
  }),
  stripe: hex('stripe-signature', 'sha256', {
    readFrom: (header) => parts(header, 'v1'),
    signedAt: (_request, header) => seconds(parts(header, 't')[0]),
    signed: ({ body }, header) => [`${parts(header, 't')[0] ?? ''}.`, body],
  }),
  jira: hex('x-hub-signature', 'sha256', { readFrom: afterPrefix }),
  pagerduty: hex('x-pagerduty-signature', 'sha256', { readFrom: (header) => parts(header, 'v1') }),
  intercom: hex('x-hub-signature', 'sha1', { readFrom: afterPrefix }),
  segment: hex('x-signature', 'sha1'),
  recurly: hex('recurly-signature', 'sha256', {
    readFrom: (header) => header.split(',').slice(1),
    signedAt: (_request, header) => Number(header.split(',')[0]),
    signed: ({ body }, header) => [`${header.split(',')[0] ?? ''}.`, body],
  }),
  shipwire: base64('x-shipwire-signature', 'sha256', { readFrom: (header) => [header.split(';')[0] ?? ''] }),
  surveymonkey: base64('sm-signature', 'sha1'),
  hubspot: base64('x-hubspot-signature-v3', 'sha256', {
    signedAt: ({ headers }) => Number(headers['x-hubspot-request-timestamp']),
    signed: ({ method, url, headers, body }) => [method, url, body, headers['x-hubspot-request-timestamp'] ?? ''],
  }),
  typeform: base64('typeform-signature', 'sha256', { readFrom: afterPrefix }),
}

/** Until its third version HubSpot sent a hash in this header. It tells no time, so a request that somebody recorded could be sent again: the export has to name it. */
const olderHubSpot: Scheme = hex('x-hubspot-signature', 'sha256', { isPlainHash: true })

/** Why the signature does not show that the body is the sender's; undefined where it does. */
export function findSignatureFault(webhook: Webhook, request: WebhookRequest): string | undefined {
  if (!webhook.key) return 'The webhook has no key that a signature could be checked with: set webhook.key.'
  const missing = findMissingHeader(webhook)
  if (missing !== undefined) return missing
  const scheme = schemeOf(webhook)
  if (scheme.keyIsHex && !isHex(webhook.key))
    return 'The key of the webhook is not written in hex, as this application gives it: set webhook.key.'
  const header = request.headers[scheme.header]
  if (header === undefined || header === '') return `The request has no header ${scheme.header} with a signature.`
  const at = scheme.signedAt?.(request, header)
  if (at !== undefined && !(Math.abs(request.now - at) <= toleranceMs))
    return `The signature in ${scheme.header} was made more than ${toleranceMs / 60_000} minutes ago, or does not say when.`
  const signed = scheme.signed?.(request, header) ?? [request.body]
  const expected = makeDigest(scheme, webhook.key, signed)
  const given = scheme.readFrom?.(header) ?? afterPrefix(header)
  return given.some((each) => isSame(Buffer.from(each.trim(), scheme.encoding), expected))
    ? undefined
    : `The signature in ${scheme.header} is not the one of this body.`
}

/** Why no header can be looked for: the provider is named, and how it signs is not known. Undefined where one can be. */
export function findMissingHeader({ provider = 'custom', header }: Webhook): string | undefined {
  if (header || provider === 'custom' || schemes[provider]) return undefined
  return provider.startsWith('travis')
    ? 'Travis signs with a key of its own, which is not fetched: set webhook.verify to secret_url.'
    : `How ${provider} signs is not known here: set webhook.header to the header that holds the signature.`
}

function schemeOf({ provider = 'custom', header, algorithm, encoding }: Webhook): Scheme {
  const isOlder = provider === 'hubspot' && header?.toLowerCase() === olderHubSpot.header
  const known = isOlder ? olderHubSpot : schemes[provider]
  return {
    ...known,
    header: header?.toLowerCase() || known?.header || 'x-signature',
    algorithm: algorithm ?? known?.algorithm ?? 'sha256',
    encoding: encoding ?? known?.encoding ?? 'hex',
  }
}

function makeDigest({ algorithm, keyIsHex, isPlainHash }: Scheme, key: string, signed: readonly (string | Buffer)[]): Buffer {
  const digest = isPlainHash ? createHash(algorithm).update(key) : createHmac(algorithm, keyIsHex ? Buffer.from(key, 'hex') : key)
  for (const part of signed) digest.update(part)
  return digest.digest()
}

/** Node reads hex up to what is none, and so would make a key that everybody knows of one that is written otherwise. */
const isHex = (key: string): boolean => /^(?:[\da-f]{2})+$/i.test(key)

const isSame = (given: Buffer, expected: Buffer): boolean => given.length === expected.length && timingSafeEqual(given, expected)

/** Of texts of any length, in a time that depends on that of the expected one alone. */
export function isSameText(given: string, expected: string): boolean {
  const [theirs, ours] = [Buffer.from(given), Buffer.from(expected)]
  const asLong = Buffer.alloc(ours.length)
  theirs.copy(asLong)
  return timingSafeEqual(asLong, ours) && theirs.length === ours.length
}
