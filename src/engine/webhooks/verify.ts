/** Whether a request to a webhook comes from who may send: by its address, a token, a user name and password, or a signature. */
import type { ExportDoc } from '../adaptor.ts'
import type { WebhookRequest } from '../../domain/ports/flows/webhook-reader.ts'
import { encodeBasic } from '../outgoing/basic.ts'
import { toText } from '../values/plain-value.ts'
import { valueAt } from '../values/value-at.ts'
import { findSignatureFault, isSameText } from './signatures.ts'

type Webhook = NonNullable<ExportDoc['webhook']>

/** Whether the proof is in the body, and has to be looked for in what the body says. */
export const isProofInBody = ({ verify, tokenLocation }: Webhook): boolean => verify === 'token' && (tokenLocation ?? 'body') === 'body'

/** Why the sender may not send; undefined where it may. `body` is what the body says, where the proof is in it. */
export function findFault(webhook: Webhook, request: WebhookRequest, body: unknown): string | undefined {
  const { verify } = webhook
  if (verify !== 'secret_url' && request.secretInPath !== undefined) return 'The webhook has no secret in its address.'
  return verify === undefined
    ? 'The webhook does not say how senders prove who they are: set webhook.verify.'
    : faultOf[verify](webhook, request, body)
}

type FindFault = (webhook: Webhook, request: WebhookRequest, body: unknown) => string | undefined

const faultOf: Readonly<Record<NonNullable<Webhook['verify']>, FindFault>> = {
  secret_url: ({ token }, { secretInPath }) =>
    isGiven(secretInPath, token) ? undefined : 'The address does not hold the secret of the webhook.',
  token: findTokenFault,
  basic: ({ username = '', password = '' }, { headers: { authorization } }) =>
    isGiven(authorization, password === '' ? '' : encodeBasic(username, password))
      ? undefined
      : 'The request does not hold the user name and password of the webhook.',
  hmac: findSignatureFault,
}

function findTokenFault(webhook: Webhook, { headers, query }: WebhookRequest, body: unknown): string | undefined {
  const { token, tokenLocation = 'body', path = '', tokenQueryParamName = 'token' } = webhook
  if (tokenLocation === 'body')
    return isGiven(toText(path === '' ? body : valueAt(body, path)), token) ? undefined : `The body does not hold the token at ${path}.`
  if (tokenLocation === 'queryParam')
    return isGiven(query[tokenQueryParamName], token) ? undefined : `The query does not hold the token as ${tokenQueryParamName}.`
  const name = webhook.tokenHeaderName || 'Authorization'
  const { tokenHeaderScheme = 'bearer', customTokenScheme = '' } = webhook
  const scheme = tokenHeaderScheme === 'bearer' ? 'Bearer' : tokenHeaderScheme === 'custom' ? customTokenScheme : ''
  const [given, expected] = [headers[name.toLowerCase()], scheme === '' ? token : token && `${scheme} ${token}`]
  const isBearer = scheme === 'Bearer' && given !== undefined && /^bearer /i.test(given)
  return isGiven(isBearer ? `Bearer ${given.slice(7)}` : given, expected) ? undefined : `The header ${name} does not hold the token.`
}

/** What is not set lets nobody in. */
const isGiven = (given: string | undefined, expected: string | undefined): boolean =>
  given !== undefined && expected !== undefined && expected !== '' && isSameText(given, expected)
