/** What PostgreSQL gives as values of records, and what it takes of them. Everything is read from its text, so that nothing is rounded on the way. */
import { parseNumber } from '../../../../domain/limits/exact-number.ts'
import { parseBounded } from '../../../../domain/limits/parse-json.ts'
import { toText } from '../../../values/plain-value.ts'
import type { Column } from '../database.ts'

type Read = (text: string) => unknown

/** Digits that a number of JavaScript keeps for sure. */
const surelyKept = 15

/** `NaN` and `Infinity` are no numbers of JSON, and stay texts. */
const readNumber: Read = (text) =>
  text.length <= surelyKept && /^-?[\d.]+$/.test(text) ? Number(text) : /[a-z]{3}/i.test(text) ? text : parseNumber(text)

const readFloat: Read = (text) => {
  const number = Number(text)
  return Number.isFinite(number) ? number : text
}

/** `2026-01-02 03:04:05.5+00` as ISO 8601 has it. `infinity` and years before our own stay as they are. */
const readMoment: Read = (text) => (/^\d{4,}-\d\d-\d\d \S+\+00$/.test(text) ? `${text.slice(0, -3).replace(' ', 'T')}Z` : text)
const readLocalMoment: Read = (text) => (/^\d{4,}-\d\d-\d\d [\d:.]+$/.test(text) ? text.replace(' ', 'T') : text)

const readBytes: Read = (text) => Buffer.from(text.slice(2), 'hex').toString('base64')

const readJson: Read = (text) => parseBounded(text)

/** By the numbers that PostgreSQL gives its own types, and lists of them. */
const scalars: readonly (readonly [type: number, list: number, read: Read])[] = [
  [16, 1000, (text) => text === 't'],
  [17, 1001, readBytes],
  [20, 1016, readNumber],
  [21, 1005, Number],
  [23, 1007, Number],
  [26, 1028, Number],
  [700, 1021, readFloat],
  [701, 1022, readFloat],
  [1700, 1231, readNumber],
  [114, 199, readJson],
  [3802, 3807, readJson],
  [1114, 1115, readLocalMoment],
  [1184, 1185, readMoment],
  // Texts, names, single characters, dates, times, intervals, UUIDs, addresses, money.
  ...(
    [
      [25, 1009],
      [1043, 1015],
      [1042, 1014],
      [19, 1003],
      [18, 1002],
      [1082, 1182],
      [1083, 1183],
      [1266, 1270],
    ] as const
  ).map(asText),
  ...(
    [
      [1186, 1187],
      [2950, 2951],
      [869, 1041],
      [650, 651],
      [829, 1040],
      [790, 791],
    ] as const
  ).map(asText),
]

function asText([type, list]: readonly [number, number]): readonly [number, number, Read] {
  return [type, list, (text) => text]
}

type ParseList = (text: string, read: Read) => unknown

/** How each type is read, by its number; a type that is not here is its text. */
export function createReaders(parseList: ParseList): ReadonlyMap<number, Read> {
  return new Map(
    scalars.flatMap(([type, list, read]) => [
      [type, read],
      [list, (text: string) => parseList(text, read)],
    ]),
  )
}

/** A value that is bound, as the text PostgreSQL reads. Lists are JSON, but where the parameter is a list itself. */
export function writeValue(value: unknown, isList = false): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return isList ? writeList(value) : JSON.stringify(value)
  return toText(value)
}

function writeList(list: readonly unknown[]): string {
  return `{${list
    .map((entry) => {
      if (entry === null || entry === undefined) return 'NULL'
      if (Array.isArray(entry)) return writeList(entry)
      return `"${toText(entry).replaceAll(/["\\]/g, String.raw`\$&`)}"`
    })
    .join(',')}}`
}

/** A value for a column. Bytes come as base64, as they are exported; what is none is left to the database to refuse. */
export function writeColumn(value: unknown, { kind }: Pick<Column, 'kind'>): string | null {
  if (value === null || value === undefined) return null
  // A text that begins as an object or a list does is JSON already.
  if (kind === 'json') return typeof value === 'string' && /^\s*[[{]/.test(value) ? value : JSON.stringify(value)
  if (kind === 'bytes' && typeof value === 'string' && isBase64(value)) return `\\x${Buffer.from(value, 'base64').toString('hex')}`
  return writeValue(value, kind === 'list')
}

export const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)

const copyEscapes: Readonly<Record<string, string>> = {
  '\\': String.raw`\\`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
}
// oxlint-disable-next-line no-control-regex -- these are what COPY gives another meaning
const copySigns = /[\\\b\f\n\r\t\v]/g

/** A line of COPY in its text format. */
export const writeCopyLine = (values: readonly (string | null)[]): string =>
  `${values.map((value) => (value === null ? String.raw`\N` : value.replaceAll(copySigns, (sign) => copyEscapes[sign] as string))).join('\t')}\n`

/** Whether anything in it has to be bound as a list of the database, perhaps. */
export const hasList = (values: readonly unknown[]): boolean => values.some((value) => Array.isArray(value))
