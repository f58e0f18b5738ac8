/** What a webhook lacks without which it refuses every request, or answers none: found when it is saved, and again when a run begins. */
import type { ExportDoc } from '../adaptor.ts'
import { findAnswerFault } from '../values/answer.ts'
import { findMissingHeader } from './signatures.ts'

type Webhook = NonNullable<ExportDoc['webhook']>

export interface WebhookObstacle {
  readonly code: string
  readonly message: string
}

/** By the code of an obstacle the field that is to be set. */
export const fieldOfWebhookObstacle: Readonly<Record<string, string>> = {
  webhook_not_usable: 'webhook',
  webhook_token_missing: 'webhook.token',
  webhook_password_missing: 'webhook.password',
  webhook_key_missing: 'webhook.key',
  webhook_header_missing: 'webhook.header',
  webhook_answer_impossible: 'webhook.successResponseHeaders',
  webhook_status_impossible: 'webhook.successStatusCode',
  webhook_challenge_answer_impossible: 'webhook.challengeResponseHeaders',
  webhook_challenge_status_impossible: 'webhook.challengeSuccessStatusCode',
}

/** The first thing that is missing; undefined where nothing is. */
export function findWebhookObstacle(webhook: Webhook | undefined): WebhookObstacle | undefined {
  if (!webhook?.verify)
    return obstacle('webhook_not_usable', 'The webhook does not say how senders prove who they are: set webhook.verify.')
  return findMissingProof[webhook.verify](webhook) ?? findImpossibleAnswer(webhook)
}

const obstacle = (code: string, message: string): WebhookObstacle => ({ code, message })

const needsToken = ({ token }: Webhook): WebhookObstacle | undefined =>
  token ? undefined : obstacle('webhook_token_missing', 'The webhook has no token, and so lets nobody in: set webhook.token.')

const findMissingProof: Readonly<Record<NonNullable<Webhook['verify']>, (webhook: Webhook) => WebhookObstacle | undefined>> = {
  secret_url: needsToken,
  token: needsToken,
  basic: ({ password }) =>
    password
      ? undefined
      : obstacle('webhook_password_missing', 'The webhook has no password, and so lets nobody in: set webhook.password.'),
  hmac(webhook) {
    if (!webhook.key)
      return obstacle('webhook_key_missing', 'The webhook has no key that a signature could be checked with: set webhook.key.')
    const missing = findMissingHeader(webhook)
    return missing === undefined ? undefined : obstacle('webhook_header_missing', missing)
  },
}

function findImpossibleAnswer(webhook: Webhook): WebhookObstacle | undefined {
  const { successStatusCode, successResponseHeaders, challengeSuccessStatusCode, challengeResponseHeaders } = webhook
  const [status, headers] = [findAnswerFault(successStatusCode ?? 204, []), findAnswerFault(204, namesOf(successResponseHeaders))]
  if (status !== undefined) return obstacle('webhook_status_impossible', status)
  if (headers !== undefined) return obstacle('webhook_answer_impossible', headers)
  const challengeStatus = findAnswerFault(challengeSuccessStatusCode ?? 200, [])
  if (challengeStatus !== undefined) return obstacle('webhook_challenge_status_impossible', challengeStatus)
  const challengeHeaders = findAnswerFault(200, namesOf(challengeResponseHeaders))
  return challengeHeaders === undefined ? undefined : obstacle('webhook_challenge_answer_impossible', challengeHeaders)
}

/** A header without a name is left out of the answer. */
const namesOf = (headers: Webhook['successResponseHeaders'] = []): readonly string[] =>
  headers.map(({ name }) => (name ?? '').toLowerCase()).filter((name) => name !== '')
