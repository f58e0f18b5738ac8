/** Rows of a spreadsheet as they come from the clipboard or a file, and the entries of a lookup cache that they become. Pure. */
import { readSpreadsheet } from '../parts/read-spreadsheet.ts'
import { dataWords } from '../words/data.ts'

const words = dataWords.paste

/** Bytes of all keys and values of one cache: the bound of the API. */
const maxCacheBytes = 50 * 1024 * 1024
/** Entries of one request, and bytes of these: the bounds of the API, the latter with room for what stands around them. */
const maxBatchEntries = 1000
const maxBatchBytes = 4 * 1024 * 1024
/** Characters of a key: the bound of the API. */
const maxKey = 500
/** Longer texts are refused before they are read: no cache holds what is in them. Characters. */
const maxText = 64 * 1024 * 1024

interface PastedEntry {
  readonly key: string
  readonly value: unknown
}

interface PastedRows {
  readonly rows: readonly (readonly string[])[]
  /** Names of the columns, from the first row or by their places. */
  readonly columns: readonly string[]
}

export function readPastedRows(text: string, hasHeading: boolean): PastedRows {
  if (text.length > maxText) throw new Error(words.tooMuch(toMB(maxCacheBytes)))
  const rows = readSpreadsheet(text)
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0)
  const names = hasHeading ? (rows[0] ?? []) : []
  const columns = Array.from({ length: width }, (_, place) => names[place]?.trim() || words.column(place + 1))
  return { rows: hasHeading ? rows.slice(1) : rows, columns }
}

export interface PreparedEntries {
  /** As many as one request takes, each. */
  readonly batches: readonly (readonly PastedEntry[])[]
  readonly numEntries: number
  readonly numWithoutKey: number
}

/** With one column besides the key its text is the value; with more it is an object of them. Throws a sentence where the cache cannot hold them. */
export function prepareEntries({ rows, columns }: PastedRows, keyColumn: number): PreparedEntries {
  const others = columns.flatMap((name, place) => (place === keyColumn ? [] : [{ name, place }]))
  const [only] = others
  const sizeOf = new TextEncoder()
  const batches: PastedEntry[][] = []
  let [batch, batchBytes, allBytes, numEntries, numWithoutKey]: [PastedEntry[], number, number, number, number] = [[], 0, 0, 0, 0]
  for (const [place, row] of rows.entries()) {
    const key = row[keyColumn] ?? ''
    if (key === '') {
      numWithoutKey++
      continue
    }
    if (key.length > maxKey) throw new Error(words.longKey(place + 1, key.length, maxKey))
    const value =
      others.length === 1 && only
        ? (row[only.place] ?? '')
        : Object.fromEntries(others.map((column) => [column.name, row[column.place] ?? '']))
    const bytes = sizeOf.encode(key + JSON.stringify(value)).length
    if (bytes > maxBatchBytes) throw new Error(words.largeRow(place + 1, toMB(bytes), toMB(maxBatchBytes)))
    allBytes += bytes
    if (batch.length === maxBatchEntries || (batch.length > 0 && batchBytes + bytes > maxBatchBytes)) {
      batches.push(batch)
      ;[batch, batchBytes] = [[], 0]
    }
    batch.push({ key, value })
    batchBytes += bytes
    numEntries++
  }
  if (batch.length > 0) batches.push(batch)
  if (allBytes > maxCacheBytes) throw new Error(words.largeRows(toMB(allBytes), toMB(maxCacheBytes)))
  return { batches, numEntries, numWithoutKey }
}

const toMB = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1).replace(/\.0$/, '')} MB`
