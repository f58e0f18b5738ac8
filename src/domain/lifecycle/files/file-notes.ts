/** What people are told of files: what does not happen, or not as they may expect. Pure. */
import type { Collection } from '../../../contract/resources/index.ts'
import { readName, typeName } from '../compare/diff-format.ts'
import type { DefinedResource } from './state-files.ts'
import type { Note } from '../revision.ts'

export interface Remark {
  readonly code: Note['code']
  /** The resource that it is about, or a file that is none. */
  readonly of?: DefinedResource
  readonly file?: string
  readonly field?: string
  /** Goes on after the name of the file. */
  readonly message: string
}

/** Notes of one answer. */
const maxNotes = 100

export function toNote({ code, of, file, field, message }: Remark, paths: ReadonlyMap<string, string>): Note {
  const path = file ?? (of && paths.get(of.id))
  return {
    code,
    ...(path !== undefined && { file: path }),
    ...(of && { type: typeName(of.collection as Collection), _id: of.id, name: readName(of.definition) }),
    ...(field !== undefined && { field }),
    message: path === undefined ? message : `${path}: ${message}`,
  }
}

export const limitNotes = (notes: readonly Note[]): readonly Note[] => notes.slice(0, maxNotes)

/** Files that somebody may have meant for a part of the integration. What else lies beside it goes unsaid. */
export const ignoredFiles = (ignored: readonly string[]): Remark[] =>
  ignored
    .filter((path) => /\.(?:json|js)$/.test(path))
    .map((file) => ({ code: 'ignored_file', file, message: 'it lies where no file of an integration lies, and was not read.' }))

/** Characters of the header that says the same in short: clients take heads of 8 KB or more. */
const maxHeader = 1500

/** Headers are ASCII. */
export const formatNotesHeader = (told: readonly Pick<Note, 'message'>[]): string => {
  const text = told.map(({ message }) => message.replace(/[^\x20-\x7e]/g, '?')).join(' ')
  return text.length <= maxHeader ? text : `${text.slice(0, maxHeader - 3)}...`
}
