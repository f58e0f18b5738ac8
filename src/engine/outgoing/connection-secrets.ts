/** What of a connection must not be seen: its secret fields, and the proof that is made of them. */
import { connection as resource } from '../../contract/resources/connection.ts'
import { iClient } from '../../contract/resources/iclient.ts'
import { listSecrets } from '../../domain/secrets.ts'
import type { ConnectionDoc } from '../adaptor.ts'
import { encodeBasic, readUserInfo } from './basic.ts'
import { asHttp } from './older-rest.ts'
import type { Doc } from '../../domain/ports/document.ts'

const proofIn = (basic: string): string => basic.slice('Basic '.length)

export function listConnectionSecrets(connection: ConnectionDoc): string[] {
  const { http } = asHttp(connection)
  const { basic } = http?.auth ?? {}
  // A template is no URL before it is rendered, and has no password then either.
  const url = URL.parse(http?.baseURI ?? '')
  const userInfo = url ? readUserInfo(url) : undefined
  return [
    ...listSecrets(resource.stored, connection as unknown as Doc),
    ...(connection.iClient ? listSecrets(iClient.stored, connection.iClient) : []),
    ...(basic ? [proofIn(encodeBasic(basic.username ?? '', basic.password ?? ''))] : []),
    ...(userInfo ? [userInfo.password, proofIn(userInfo.basic)] : []),
  ]
}
