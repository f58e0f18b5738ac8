/** Where applications send what happens in them: `POST /v1/exports/{_id}/data`, or with the secret of the webhook in the address. They have no token of ours. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '../domain/errors.ts'
import { maxEventBytes, retryAfterSeconds } from '../domain/limits/webhook-bounds.ts'
import type { Receive, RefusalCode } from '../domain/webhooks/receive.ts'
import type { WebhookRequest } from '../domain/ports/flows/webhook-reader.ts'
import { answerError } from './errors.ts'
import type { Sources } from './failed-request-limit.ts'
import type { InflightBytes } from './held-bytes.ts'

const statuses: Readonly<Record<RefusalCode, number>> = {
  webhook_unknown: 404,
  webhook_unverified: 401,
  webhook_unreadable: 400,
  webhook_not_usable: 422,
  // Senders try again later.
  webhook_flow_off: 503,
  webhook_full: 429,
}

export function webhooks(app: FastifyInstance, receive: Receive, sources: Sources | undefined, underWay: InflightBytes): void {
  void app.register(async (scope) => {
    // The bytes are what is signed.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (request, bytes, done) => {
      underWay.settle(request.held, bytes.length)
      done(null, bytes)
    })
    // A type that is none would be refused before the webhook can say how it reads.
    scope.addHook('onRequest', ({ raw: { headers } }, _reply, done) => {
      if (!/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+ *(?:;|$)/.test(headers['content-type'] ?? '')) delete headers['content-type']
      done()
    })
    scope.setErrorHandler((error: Error & { readonly code?: string }, request, reply) =>
      answerError(error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? tooLarge(request) : error, request, reply),
    )
    for (const url of ['/v1/exports/:_id/data', '/v1/exports/:_id/:secret/data'])
      scope.route({
        method: ['GET', 'POST', 'PUT'],
        url,
        bodyLimit: maxEventBytes,
        config: { operation: 'receiveWebhook', provesItself: true },
        handler: (request, reply) => answer(receive, sources, request, reply),
      })
  })
}

const tooLarge = ({ params }: FastifyRequest): DomainError =>
  new DomainError(
    'request_too_large',
    `A request to webhook ${(params as { readonly _id: string })._id} may have ${maxEventBytes / 1024 / 1024} MB. Send less in one.`,
  )

async function answer(receive: Receive, sources: Sources | undefined, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { _id = '', secret } = request.params as { readonly _id?: string; readonly secret?: string }
  const name = `webhook ${_id}`
  // Who fails elsewhere at the same address keeps nobody from a webhook that works.
  const over = sources?.refusal(request, name) ?? (sources?.isGood(name) ? undefined : sources?.refusal(request))
  if (over) return answerError(over, request, reply)
  const came = await receive(_id, toWebhookRequest(request, secret))
  if (came.kind === 'refused') {
    const { code, message } = came
    if (code === 'webhook_unknown') sources?.failed(request)
    if (code === 'webhook_unverified') sources?.failed(request, name)
    if (statuses[code] === 503 || statuses[code] === 429) reply.header('retry-after', retryAfterSeconds)
    return reply.code(statuses[code]).send({ errors: [{ code, message }] })
  }
  sources?.succeeded(name)
  const { statusCode, headers, body } = came.answer
  return reply
    .code(statusCode)
    .headers(headers)
    .send(body === '' ? undefined : body)
}

function toWebhookRequest(request: FastifyRequest, secret: string | undefined): WebhookRequest {
  const { method, body, query, headers } = request
  return {
    method,
    // Of interest to some signatures alone.
    get url() {
      return `${request.protocol}://${request.host}${request.originalUrl}`
    },
    // Of Node's, this one alone is a list.
    headers: headers['set-cookie'] ? textsOf(headers) : (headers as Readonly<Record<string, string>>),
    query: textsOf(query as Readonly<Record<string, unknown>>),
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    ...(secret !== undefined && { secretInPath: secret }),
    now: Date.now(),
  }
}

/** Of several of one name the last. */
function textsOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  if (areTexts(values)) return values
  const texts = Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? (value.at(-1) as unknown) : value] as const)
  return Object.fromEntries(texts.filter((each): each is [string, string] => typeof each[1] === 'string'))
}

function areTexts(values: Readonly<Record<string, unknown>>): values is Readonly<Record<string, string>> {
  for (const name in values) if (typeof values[name] !== 'string') return false
  return true
}
