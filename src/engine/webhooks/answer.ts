/** What senders are answered: the status, body and headers that the webhook says, with what was sent at hand. */
import { StepFailure, type ExportDoc } from '../adaptor.ts'
import type { WebhookAnswer, WebhookRequest } from '../../domain/ports/flows/webhook-reader.ts'
import type { Evaluate } from '../evaluation/evaluator.ts'
import { createRendering, type Text } from '../outgoing/request-texts.ts'
import type { Challenge } from './challenge.ts'

type Webhook = NonNullable<ExportDoc['webhook']>
type MediaType = NonNullable<Webhook['successMediaType']>

const contentTypes: Readonly<Record<MediaType, string>> = { json: 'application/json', xml: 'application/xml', plaintext: 'text/plain' }

/** Written by the server as the body and the connection want it. */
const serversOwn: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What of a value no header can hold: it comes from the sender, whose event is no worse for it. */
const unfit = /[^\t\u0020-\u007E\u0080-\u00FF]/g

/** Browsers show what comes back from the sender, and do nothing else with it. */
const inert = { 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; sandbox" }

/** Statuses without a body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

interface Wanted {
  readonly statusCode: number
  readonly body: string | undefined
  readonly mediaType: MediaType | undefined
  readonly headers: Webhook['successResponseHeaders']
}

export const answerEvent = (evaluate: Evaluate, webhook: Webhook, request: WebhookRequest, body: unknown): Promise<WebhookAnswer> =>
  answer(evaluate, request, body, {
    statusCode: webhook.successStatusCode ?? 204,
    body: webhook.successBody,
    mediaType: webhook.successMediaType,
    headers: webhook.successResponseHeaders,
  })

export const answerChallenge = (
  evaluate: Evaluate,
  webhook: Webhook,
  request: WebhookRequest,
  body: unknown,
  { echo }: Challenge,
): Promise<WebhookAnswer> =>
  answer(
    evaluate,
    request,
    body,
    {
      statusCode: webhook.challengeSuccessStatusCode ?? 200,
      // What is to come back comes back as it was sent.
      body: webhook.challengeSuccessBody ?? (echo === undefined ? undefined : '{{{challenge}}}'),
      mediaType: webhook.challengeSuccessMediaType ?? (webhook.challengeSuccessBody || echo === undefined ? undefined : 'plaintext'),
      headers: webhook.challengeResponseHeaders,
    },
    echo,
  )

async function answer(
  evaluate: Evaluate,
  { headers: sent, query }: WebhookRequest,
  body: unknown,
  { statusCode, body: template = '', mediaType = 'json', headers = [] }: Wanted,
  challenge?: string,
): Promise<WebhookAnswer> {
  const named = headers.map(({ name, value }) => [(name ?? '').toLowerCase(), value ?? ''] as const).filter(([name]) => name !== '')
  checkUsable(
    statusCode,
    named.map(([name]) => name),
  )
  const escaping = mediaType === 'plaintext' ? 'raw' : mediaType
  const texts: Text[] = [
    { template, escaping, sees: 'context' },
    ...named.map(([, value]): Text => ({ template: value, escaping: 'raw', sees: 'context' })),
  ]
  const { sees, render } = createRendering(evaluate, { texts, shared: {} })
  const own = sees.context ? { body, headers: sent, query, ...(challenge !== undefined && { challenge }) } : {}
  const [content, ...rest] = await render({ own })
  const hasBody = !bodiless.has(statusCode) && (content ?? '') !== ''
  return {
    statusCode,
    headers: {
      ...(hasBody && { ...inert, 'content-type': contentTypes[mediaType] }),
      ...Object.fromEntries(named.map(([name], i) => [name, (rest[i] ?? '').replaceAll(unfit, '?')])),
    },
    body: hasBody ? (content ?? '') : '',
  }
}

/** Before the event is kept: an answer that cannot be sent would let its sender send it once more. */
function checkUsable(statusCode: number, names: readonly string[]): void {
  if (!(statusCode >= 200 && statusCode <= 599)) throw notUsable(`An answer has a status from 200 to 599, and not ${statusCode}.`)
  for (const name of names) {
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name))
      throw notUsable(`The answer cannot have a header ${JSON.stringify(name)}: that is no name of a header.`)
    if (serversOwn.has(name)) throw notUsable(`The header ${name} of the answer is written by the server: leave it out.`)
  }
}

const notUsable = (message: string): StepFailure => new StepFailure({ source: 'internal', code: 'webhook_not_usable', message })
