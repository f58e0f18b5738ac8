/** Paths and names of files as users and templates write them: whatever one says, it does not lead out of where it begins. */
import { FileFailure } from './failure.ts'

/** What file systems take. Bytes. */
const maxName = 255
const maxPath = 1024

/** Of a path as users write it: `/` separates, and the root is where it begins, with a slash in front or without. */
export function splitPath(path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  if (Buffer.byteLength(path) > maxPath) throw invalidPath(`A path may have ${maxPath} bytes at the most.`)
  for (const name of names) mustBeName(name)
  return names
}

/** Of one folder or file. A line end would begin another command to some servers. */
export function mustBeName(name: string): void {
  if (name === '' || name === '.' || name === '..' || /[\0\r\n/\\]/.test(name) || Buffer.byteLength(name) > maxName)
    throw invalidPath(
      `"${name.slice(0, 100)}" cannot be the name of a file or folder: it may hold no slash and no line end, may not be "..", and has ${maxName} bytes at the most.`,
    )
}

const invalidPath = (message: string): FileFailure => new FileFailure('invalid_path', message)
