/** Reads requests to webhooks: who sends, what it says, which records are in it, and what is answered. */
import type { Unreadable, UnreadableCode, WebhookReader, WebhookReading, WebhookRequest } from '../../domain/ports/flows/webhook-reader.ts'
import { StepFailure, type ExportDoc, type FlowRecord } from '../adaptor.ts'
import type { Evaluate, Evaluator } from '../evaluation/evaluator.ts'
import { extractRecords } from '../formats/records.ts'
import { isPlainObject } from '../values/plain-value.ts'
import { answerChallenge, answerEvent } from './answer.ts'
import { findChallenge } from './challenge.ts'
import { readBody } from './read-body.ts'
import { findFault, isProofInBody } from './verify.ts'

type Webhook = NonNullable<ExportDoc['webhook']>

export function createWebhookReader(evaluator: Evaluator): WebhookReader {
  return {
    async read(accountId, doc, request) {
      const { webhook } = doc as unknown as ExportDoc
      if (!webhook) return refused('webhook_not_usable', 'The export does not say how it is called: it has no webhook.')
      const evaluate: Evaluate = (stage, caches) => evaluator.stage(accountId, stage, caches)
      try {
        return await readRequest(evaluate, webhook, request)
      } catch (error) {
        if (!(error instanceof StepFailure)) throw error
        return refused('webhook_not_usable', error.failure.message)
      }
    },
  }
}

async function readRequest(evaluate: Evaluate, webhook: Webhook, request: WebhookRequest): Promise<WebhookReading> {
  const { method, headers } = request
  // Applications try a webhook before they know its secrets, and with another kind of request.
  const probe = method === 'GET' || method === 'HEAD' ? findChallenge(webhook, request, undefined) : undefined
  if (probe) return { kind: 'challenge', answer: await answerChallenge(evaluate, webhook, request, undefined, probe) }
  const proofInBody = isProofInBody(webhook)
  const fault = proofInBody ? undefined : findFault(webhook, request, undefined)
  // Nothing of what a stranger sends is read.
  if (fault !== undefined) return refused('webhook_unverified', fault)
  const read = await readBody(evaluate, request.body, headers['content-type'] ?? '', webhook.requestMediaType)
  // A body that should hold the proof, and cannot be read, is a stranger's, and is counted as such.
  if ('fault' in read) return refused(proofInBody ? 'webhook_unverified' : 'webhook_unreadable', read.fault)
  const wrong = proofInBody ? findFault(webhook, request, read.value) : undefined
  if (wrong !== undefined) return refused('webhook_unverified', wrong)
  const challenge = findChallenge(webhook, request, read.value)
  if (challenge) return { kind: 'challenge', answer: await answerChallenge(evaluate, webhook, request, read.value, challenge) }
  const records = listRecords(webhook, read.value)
  return { kind: 'event', records: JSON.stringify(records), answer: await answerEvent(evaluate, webhook, request, read.value) }
}

const refused = (code: UnreadableCode, message: string): Unreadable => ({ kind: 'refused', code, message })

/** A list without a path is as many records as it has entries. */
function listRecords({ pathToRecords, includeParentData }: Webhook, value: unknown): readonly FlowRecord[] {
  const records = extractRecords(value, pathToRecords || undefined)
  if (!pathToRecords || !includeParentData || !isPlainObject(value)) return records
  const parent = withoutPath(value, pathToRecords.split('.'))
  return records.map((record) => (isPlainObject(record) ? { ...record, _PARENT: parent } : record))
}

/** What lies beside the list: the list itself is left out. */
function withoutPath(value: Readonly<Record<string, unknown>>, [name = '', ...rest]: readonly string[]): object {
  const { [name]: inner, ...beside } = value
  if (rest.length === 0 || !isPlainObject(inner)) return beside
  return { ...beside, [name]: withoutPath(inner, rest) }
}
