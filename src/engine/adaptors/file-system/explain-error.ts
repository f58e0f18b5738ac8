/** What errors of the file system mean. No message holds a path of the server's own. */
import { FileFailure } from '../files/failure.ts'

type Words = readonly [code: string, message: string, passing?: boolean]

const denied: Words = ['permission_denied', 'The server may not use this file or folder: its owner or its mode forbids it.']
const full: Words = ['disk_full', 'There is no space left where the files are.']
const busy: Words = ['file_busy', 'The file system is busy.', true]
const known: Readonly<Record<string, Words>> = {
  ENOENT: ['file_missing', 'The file or folder is no longer there.'],
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: full,
  EAGAIN: busy,
  EBUSY: busy,
  EMFILE: busy,
  ENFILE: busy,
  EIO: busy,
  ELOOP: ['path_refused', 'It is a link, and links are not followed.'],
  EISDIR: ['file_refused', 'A folder has that name.'],
}

/** Undefined for one that does not come of files. */
export function explainFileError(error: unknown): FileFailure | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (syscall === undefined || code === undefined) return undefined
  const [word, message, passing] = known[code] ?? ['file_error', `The file or folder cannot be used (${code}).`]
  return new FileFailure(word, message, passing)
}
