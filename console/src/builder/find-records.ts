/** Where the records lie in an answer that is one record with a list in it: many applications wrap theirs so. */
import { isObject } from '../../../src/contract/is-object.ts'
import { readPath, writePath } from '../parts/document-path.ts'
import { textOf, type Values } from './edits.ts'

/** Lists that lie deeper belong to a record. */
const mostDeep = 3

export interface FoundRecords {
  readonly path: string
  readonly count: number
}

/** The longest of the lists of objects that lie nearest to the top; undefined where there are several records already, or no such list. */
export function findRecords(records: readonly unknown[]): FoundRecords | undefined {
  if (records.length !== 1) return undefined
  let level: readonly (readonly [path: string, value: unknown])[] = [['', records[0]]]
  for (let deep = 0; deep < mostDeep; deep++) {
    level = level.flatMap(([path, value]) =>
      isObject(value)
        ? Object.entries(value).flatMap(([name, each]) =>
            name.includes('.') ? [] : [[path === '' ? name : `${path}.${name}`, each] as const],
          )
        : [],
    )
    const lists = level.flatMap(([path, value]) =>
      Array.isArray(value) && value.length > 1 && value.every(isObject) ? [{ path, count: value.length }] : [],
    )
    const [longest] = lists.toSorted((a, b) => b.count - a.count)
    if (longest) return longest
  }
  return undefined
}

const recordsPath = 'http.response.resourcePath'
/** With one of these the records of a preview do not show where they lie in the answer. */
const reshaping = ['transform', 'hooks.preSavePage', 'http.paging.resourcePath', 'parsers']

/** The same for what an export was previewed to bring: the path leads there from the top of the answer. */
export function findRecordsOf(values: Values, records: readonly unknown[]): FoundRecords | undefined {
  if (values['adaptorType'] !== 'HTTPExport' || reshaping.some((path) => readPath(values, path) !== undefined)) return undefined
  const found = findRecords(records)
  const before = textOf(readPath(values, recordsPath))
  return found && { ...found, path: before === '' ? found.path : `${before}.${found.path}` }
}

export const readRecordsAt = (values: Values, path: string): Values => writePath(values, recordsPath, path)
