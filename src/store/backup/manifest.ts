/** What a backup says of itself. It stands last in the file, once everything else is counted, and is read first. */
import { SetupError } from '../../domain/errors.ts'
import { isObject } from '../../contract/is-object.ts'
import type { Partition, Sequence, Table } from './tables.ts'

/** Another one where older programs cannot read what newer ones write. */
export const format = 1
export const manifestName = 'manifest.json'

export interface KeptTable extends Table {
  readonly rows: number
  /** What PostgreSQL gave, unpacked. */
  readonly bytes: number
  /** Its part in the file, and the SHA-256 of that. */
  readonly part: string
  readonly sha256: string
}

export interface Manifest {
  readonly format: number
  /** Of the program that made it. */
  readonly sluice: string
  readonly madeAt: string
  readonly postgres: string
  /** The newest one of the database. */
  readonly migration: { readonly number: number; readonly name: string }
  /** The name of the key that the secrets are sealed with; null where none is known yet. */
  readonly keyId: string | null
  readonly tables: readonly KeptTable[]
  readonly partitions: readonly Partition[]
  readonly sequences: readonly Sequence[]
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isTextOrNull = (value: unknown): boolean => value === null || isText(value)
const isListOf = (value: unknown, isOne: (each: Readonly<Record<string, unknown>>) => boolean): boolean =>
  Array.isArray(value) && value.every((each) => isObject(each) && isOne(each))

/** What PostgreSQL writes there, and nothing else: it becomes part of a statement. */
const bounds =
  /^(?:DEFAULT|FOR VALUES (?:FROM \(@(?:, @)*\) TO \(@(?:, @)*\)|IN \(@(?:, @)*\)|WITH \(modulus \d+, remainder \d+\)))$/.source.replaceAll(
    '@',
    String.raw`(?:'(?:[^'\\]|'')*'|-?\d+|MINVALUE|MAXVALUE|NULL|true|false)`,
  )
const isBound = (value: unknown): boolean => isText(value) && new RegExp(bounds).test(value)
const isKey = (value: unknown): boolean => value === null || (isText(value) && /^(?:RANGE|LIST|HASH) \(\w+(?:, \w+)*\)$/.test(value))

/** Throws `SetupError` for what is none, and for one of a newer program. */
export function readManifest(text: string, file: string): Manifest {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    throw damaged(file)
  }
  if (!isObject(read) || !isCount(read['format'])) throw damaged(file)
  if (read['format'] > format)
    throw new SetupError(`${file} was written by a newer Sluice (${String(read['sluice'])}): restore it with that one, or a newer one.`)
  const isManifest =
    isText(read['sluice']) &&
    isText(read['madeAt']) &&
    isText(read['postgres']) &&
    isTextOrNull(read['keyId']) &&
    isListOf([read['migration']], ({ number, name }) => isCount(number) && isText(name)) &&
    isListOf(
      read['tables'],
      ({ schema, name, columns, rows, bytes, part, sha256 }) =>
        [schema, name, part, sha256].every(isText) && Array.isArray(columns) && columns.every(isText) && [rows, bytes].every(isCount),
    ) &&
    isListOf(read['partitions'], ({ schema, name, of, bound, key }) => [schema, name, of].every(isText) && isBound(bound) && isKey(key)) &&
    isListOf(read['sequences'], ({ schema, name, last }) => isText(schema) && isText(name) && isText(last) && /^-?\d+$/.test(last))
  if (!isManifest) throw damaged(file)
  return read as unknown as Manifest
}

export const damaged = (file: string): SetupError =>
  new SetupError(
    `${file} is not a backup of Sluice, or not a whole one: it was cut off, or changed since it was made. Nothing was restored.`,
  )
