/** What a server for FTP says that went wrong, in words for the owner of the flow. */
import type { FTPError } from 'basic-ftp'
import { explainConnectError, lost } from '../connect.ts'
import { FileFailure } from '../../files/failure.ts'

/** What was tried: a refusal is often no more than "550 Failed". */
export type Meaning = 'sign_in' | 'find_file' | 'find_folder' | 'write' | 'transfer'

/** Characters of what a server says. */
const maxSaid = 200

type Words = readonly [code: string, message: string, passing?: boolean]

const missingFile: Words = ['file_missing', 'The file is not there, or the server does not show it to this user.']
const denied: Words = ['permission_denied', 'The server does not let this user do this there.']
const meanings: Readonly<Record<Meaning, Words>> = {
  sign_in: ['protocol_failed', 'The server refuses to begin.'],
  find_file: missingFile,
  find_folder: ['folder_missing', 'The folder is not there.'],
  write: denied,
  transfer: missingFile,
}

/** Whatever was tried. */
const replies: Readonly<Record<number, Words>> = {
  421: ['server_busy', 'The server takes no more sessions now, or closed this one.', true],
  425: [
    'data_connection_failed',
    'No connection for data comes about: a firewall may be between, and ftp.usePassiveMode says which side opens it.',
    true,
  ],
  426: ['connection_reset', 'The server broke off the transfer.', true],
  450: ['file_busy', 'Somebody else uses the file.', true],
  451: ['file_error', 'The server broke off: something failed on its side.', true],
  452: ['disk_full', 'There is no space left on the server.'],
  552: ['disk_full', 'There is no space left for this user on the server.'],
}

const texts: readonly (readonly [RegExp, Words])[] = [
  [/space left|quota|disk full/i, replies[552] as Words],
  [/denied|not permitted|permission|read.?only|not allowed/i, denied],
]

export const isReply = (error: unknown): error is FTPError => (error as Error).name === 'FTPError'

export function explainTrouble(error: unknown, host: string, meaning: Meaning): FileFailure {
  if (error instanceof FileFailure) return error
  if (isReply(error)) return explainReply(error, host, meaning)
  const { message, code } = error as NodeJS.ErrnoException
  if (message.startsWith('Timeout')) return new FileFailure('timeout', `${host} did not answer in time.`, true)
  if (code === undefined || code === '0') return lost(host)
  return explainConnectError(error as Error, host)
}

function explainReply({ code, message }: FTPError, host: string, meaning: Meaning): FileFailure {
  const said = `The server says: ${message
    .replace(/^\d{3}[ -]/, '')
    .trim()
    .slice(0, maxSaid)}`
  if (meaning === 'sign_in') {
    const refusal = refuseSignIn(code, message, host)
    if (refusal) return refusal
  }
  const [word, says, passing] =
    replies[code] ??
    texts.find(([pattern]) => pattern.test(message))?.[1] ??
    (code === 500 || code === 502 || code === 504 ? (['file_error', 'The server cannot do this.'] as const) : meanings[meaning])
  return new FileFailure(word, `${says} ${said}`, passing)
}

/** 530 is a wrong password to some, and the wish for TLS to others. What was said is left out: it may repeat the user. */
function refuseSignIn(code: number, message: string, host: string): FileFailure | undefined {
  if (code >= 500 && /encrypt|\bTLS\b|\bSSL\b|secure/i.test(message))
    return new FileFailure('tls_required', `${host} lets nobody in without TLS: set ftp.type to ftps.`)
  if (code === 530 || code === 532 || code === 331)
    return new FileFailure(
      'authentication_failed',
      `${host} does not let the user in: the user name or the password of the connection is wrong.`,
      false,
      true,
    )
  return undefined
}
