/** What S3 says that went wrong, in words for the owner of the flow. */
import type { HttpAnswer } from '../../outgoing/message.ts'
import { FileFailure } from '../files/failure.ts'

/** Characters of an answer that are looked at, and of what it says. */
const maxLooked = 10_000
const maxSaid = 200

type Words = readonly [code: string, message: string]

const refusedProof: Words = ['authentication_failed', 'The access key is not accepted']
const missing: Words = ['file_missing', 'The file is no longer there']
const denied: Words = ['permission_denied', 'The access key may not do this']
const changed: Words = ['file_changed', 'The file was changed meanwhile']
const busy: Words = ['server_busy', 'The server has too much to do']
const known: Readonly<Record<string, Words>> = {
  NoSuchBucket: ['folder_missing', 'The bucket is not there'],
  NoSuchKey: missing,
  AccessDenied: denied,
  AllAccessDisabled: denied,
  AccountProblem: denied,
  InvalidAccessKeyId: refusedProof,
  SignatureDoesNotMatch: refusedProof,
  InvalidToken: refusedProof,
  ExpiredToken: ['authentication_failed', 'The session token has expired'],
  RequestTimeTooSkewed: ['clock_skewed', 'The clock of this server goes wrong'],
  PreconditionFailed: changed,
  InvalidObjectState: ['file_archived', 'The file lies in an archive, and has to be restored first'],
  SlowDown: busy,
  ServiceUnavailable: busy,
}
const byStatus: Readonly<Record<number, Words>> = {
  403: denied,
  404: missing,
  412: changed,
  416: ['file_changed', 'The file became shorter meanwhile'],
  429: busy,
  503: busy,
}

/** Of an answer with an error. */
export function readErrorOf({ body }: HttpAnswer): { readonly code: string; readonly says: string; readonly region: string } {
  const text = body.toString('utf8', 0, maxLooked)
  const at = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]?.trim() ?? ''
  return { code: at('Code'), says: at('Message').slice(0, maxSaid), region: at('Region') }
}

export function explainAnswer(answer: HttpAnswer): FileFailure {
  const { code, says } = readErrorOf(answer)
  const [word, message] = known[code] ?? byStatus[answer.statusCode] ?? ['file_error', `The server answered ${answer.statusCode}`]
  const said = [code, says].filter(Boolean).join(': ')
  return new FileFailure(word, `${message}${said ? ` (${said})` : ''}.`, false, word === 'authentication_failed')
}
