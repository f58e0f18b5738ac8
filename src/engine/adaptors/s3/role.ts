/** Becomes a role of AWS for an hour: with the access key of the connection, and the id that the trust policy of the role asks for. */
import { skipsRetries, type ConnectionDoc, type Run } from '../../adaptor.ts'
import type { Send } from '../../outgoing/message.ts'
import { withRetries } from '../../outgoing/may-retry.ts'
import { readTls } from '../../outgoing/auth/tls.ts'
import { awsHeaders, signForAws, type AwsKey } from '../../values/aws-signature.ts'
import { FileFailure } from '../files/failure.ts'
import { formatAddress, type S3 } from './address.ts'
import { explainAnswer } from './explain-answer.ts'
import { readTexts } from './read-xml.ts'

export interface RoleSession extends AwsKey {
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** Seconds. */
const sessionTime = 3600

export async function assumeRole(
  send: Send,
  connection: ConnectionDoc,
  region: string,
  run: Run,
  firstWait?: number,
): Promise<RoleSession> {
  const { s3 = {}, iClient } = connection
  const { externalId, roleArn } = iClient?.awsIam ?? {}
  const url = formatAddress(s3, 'sts', { region })
  const body = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: roleArn ?? '',
    RoleSessionName: 'sluice',
    DurationSeconds: String(sessionTime),
    ...(externalId && { ExternalId: externalId }),
  }).toString()
  const tls = readTls(connection)
  const attempt: Send = (request, signal) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', ...awsHeaders(body, new Date()) }
    const signed = signForAws({ method: 'POST', url, headers, body }, accessKeyOf(s3), { region, service: 'sts' })
    return send({ ...request, headers: { ...headers, authorization: signed } }, signal)
  }
  const asked = withRetries(attempt, { skipRetries: skipsRetries(run), ...(firstWait !== undefined && { firstWait }) })
  const answer = await asked({ method: 'POST', url, headers: {}, body, staysPut: true, ...(tls && { tls }) }, run.signal)
  if (answer.kind === 'unreachable') throw new FileFailure(answer.code, answer.message)
  if (answer.statusCode !== 200) {
    const { code, message } = explainAnswer(answer)
    throw new FileFailure(code === 'permission_denied' ? 'role_refused' : code, `The role is not given: ${message}`, false, true)
  }
  const [made] = readTexts(answer.body.toString(), 'Credentials').each
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken, Expiration = '' } = made ?? {}
  if (!accessKeyId || !secretAccessKey || !sessionToken)
    throw new FileFailure('response_invalid', 'The server answered no session of the role.')
  return { accessKeyId, secretAccessKey, sessionToken, expires: Date.parse(Expiration) || Date.now() + sessionTime * 1000 }
}

export const accessKeyOf = ({ accessKeyId = '', secretAccessKey = '', sessionToken }: S3): AwsKey => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken && { sessionToken }),
})
