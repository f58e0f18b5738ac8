/** Why a file or folder could not be used, in words for the owner of the flow. No message holds a path of the server's own. */
import { UnreadableContent } from '../../formats/format.ts'
import { largestFile, mostNames } from './bounds.ts'

export class FileFailure extends Error {
  override readonly name = 'FileFailure'
  readonly code: string
  /** Whether the same may well succeed in a moment. */
  readonly passing: boolean
  /** The server did not accept the proof of the connection. */
  readonly refusesProof: boolean
  constructor(code: string, message: string, passing = false, refusesProof = false) {
    super(message)
    this.code = code
    this.passing = passing
    this.refusesProof = refusesProof
  }
}

/** What a thrown error means, wherever the files lie; undefined where that has to say so. */
export function toFileFailure(error: unknown): FileFailure | undefined {
  if (error instanceof FileFailure) return error
  return error instanceof UnreadableContent ? new FileFailure(error.code, error.message) : undefined
}

export const tooManyFiles = (): FileFailure =>
  new FileFailure('too_many_files', `It holds more than ${mostNames.toLocaleString('en')} files.`)

/** Throws where a file is too large to be read. Bytes. */
export function mustFit(size: number): void {
  if (size > largestFile) throw new FileFailure('file_too_large', `It has more than ${largestFile / 1024 ** 3} GB.`)
}
