/** What an SFTP server says that went wrong, in words for the owner of the flow. */
import { FileFailure } from '../../files/failure.ts'

/** Of the protocol. */
const noSuchFile = 2
const words: Readonly<Record<number, readonly [code: string, message: string]>> = {
  [noSuchFile]: ['file_missing', 'The file or folder is not there.'],
  3: ['permission_denied', 'The server does not let this user use the file or folder.'],
  8: ['file_error', 'The server cannot do this.'],
}
/** Sent for everything else, and with words of the server's own. */
const failure = 4

interface Status extends Error {
  readonly code: number
}

/** Characters of what a server says. */
const maxSaid = 200

export const isStatus = (error: Error): error is Status => typeof (error as { code?: unknown }).code === 'number'

export class StatusFailure extends FileFailure {
  readonly status: number
  constructor(status: number, code: string, message: string) {
    super(code, message)
    this.status = status
  }
}

export function explainStatus({ code, message }: Status): StatusFailure {
  const [word, says] = words[code] ?? ['file_error', `The server says: ${message.slice(0, maxSaid)}.`]
  return new StatusFailure(code, word, says)
}

export const isMissing = (error: unknown): boolean => error instanceof StatusFailure && error.status === noSuchFile
/** Not more than that it failed: something may be in the way. */
export const isPlainFailure = (error: unknown): boolean => error instanceof StatusFailure && error.status === failure
