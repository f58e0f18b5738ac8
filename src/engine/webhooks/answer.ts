/** What senders are answered: the status, body and headers that the webhook says, with what was sent at hand. */
import { StepFailure, type ExportDoc } from '../adaptor.ts'
import type { WebhookAnswer, WebhookRequest } from '../../domain/ports/flows/webhook-reader.ts'
import type { Evaluate } from '../evaluation/evaluator.ts'
import type { Texts } from '../evaluation/request-templates.ts'
import { createRendering, type Text } from '../outgoing/request-texts.ts'
import { isTemplate } from '../template/template.ts'
import { bodiless, findAnswerFault, inert, toHeaderValue } from '../values/answer.ts'
import type { Challenge } from './challenge.ts'

type Webhook = NonNullable<ExportDoc['webhook']>
type MediaType = NonNullable<Webhook['successMediaType']>

const contentTypes: Readonly<Record<MediaType, string>> = { json: 'application/json', xml: 'application/xml', plaintext: 'text/plain' }

interface Wanted {
  readonly statusCode: number
  readonly body: string | undefined
  readonly mediaType: MediaType | undefined
  readonly headers: Webhook['successResponseHeaders']
}

/** What an event is answered. */
const toEventAnswer = (webhook: Webhook): Wanted => ({
  statusCode: webhook.successStatusCode ?? 204,
  body: webhook.successBody,
  mediaType: webhook.successMediaType,
  headers: webhook.successResponseHeaders,
})

/** What somebody is answered who tries the webhook. */
const toChallengeAnswer = (webhook: Webhook, echo: string | undefined): Wanted => ({
  statusCode: webhook.challengeSuccessStatusCode ?? 200,
  // What is to come back comes back as it was sent.
  body: webhook.challengeSuccessBody ?? (echo === undefined ? undefined : '{{{challenge}}}'),
  mediaType: webhook.challengeSuccessMediaType ?? (webhook.challengeSuccessBody || echo === undefined ? undefined : 'plaintext'),
  headers: webhook.challengeResponseHeaders,
})

/** Of webhooks that answer everybody the same, as long as they are known. */
const sameForAll = new WeakMap<Webhook, WebhookAnswer>()

export async function answerEvent(evaluate: Evaluate, webhook: Webhook, request: WebhookRequest, body: unknown): Promise<WebhookAnswer> {
  const known = sameForAll.get(webhook)
  if (known) return known
  const wanted = toEventAnswer(webhook)
  const made = await answer(evaluate, request, body, wanted)
  if (!textsOf(wanted).texts.some(({ template }) => isTemplate(template))) sameForAll.set(webhook, made)
  return made
}

export const answerChallenge = (
  evaluate: Evaluate,
  webhook: Webhook,
  request: WebhookRequest,
  body: unknown,
  { echo }: Challenge,
): Promise<WebhookAnswer> => answer(evaluate, request, body, toChallengeAnswer(webhook, echo), echo)

/** Its templates are read as they will be when a request comes, so that one that cannot be is found before that. */
export function prepareAnswers(evaluate: Evaluate, webhook: Webhook): void {
  for (const wanted of [toEventAnswer(webhook), toChallengeAnswer(webhook, undefined)]) createRendering(evaluate, textsOf(wanted))
}

function textsOf(wanted: Wanted): Texts {
  const { body: template = '', mediaType = 'json' } = wanted
  return {
    texts: [
      { template, escaping: mediaType === 'plaintext' ? 'raw' : mediaType, sees: 'context' },
      ...listHeaders(wanted).map(([, value]): Text => ({ template: value, escaping: 'raw', sees: 'context' })),
    ],
    shared: {},
  }
}

/** Names in lower case, with their templates; those without a name are left out. */
const listHeaders = ({ headers = [] }: Wanted): readonly (readonly [string, string])[] =>
  headers.map(({ name, value }) => [(name ?? '').toLowerCase(), value ?? ''] as const).filter(([name]) => name !== '')

async function answer(
  evaluate: Evaluate,
  { headers: sent, query }: WebhookRequest,
  body: unknown,
  wanted: Wanted,
  challenge?: string,
): Promise<WebhookAnswer> {
  const { statusCode, mediaType = 'json' } = wanted
  const names = listHeaders(wanted).map(([name]) => name)
  checkUsable(statusCode, names)
  const { sees, render } = createRendering(evaluate, textsOf(wanted))
  const own = sees.context ? { body, headers: sent, query, ...(challenge !== undefined && { challenge }) } : {}
  const [content, ...rest] = await render({ own })
  const hasBody = !bodiless.has(statusCode) && (content ?? '') !== ''
  return {
    statusCode,
    headers: {
      ...(hasBody && { ...inert, 'content-type': contentTypes[mediaType] }),
      ...Object.fromEntries(names.map((name, i) => [name, toHeaderValue(rest[i] ?? '')])),
    },
    body: hasBody ? (content ?? '') : '',
  }
}

/** Before the event is kept: an answer that cannot be sent would let its sender send it once more. */
function checkUsable(statusCode: number, names: readonly string[]): void {
  const fault = findAnswerFault(statusCode, names)
  if (fault) throw notUsable(fault)
}

const notUsable = (message: string): StepFailure => new StepFailure({ source: 'internal', code: 'webhook_not_usable', message })
