/** A record as text, to read: as JSON where it is short enough to be edited, else its beginning, however large, deep or binary it is. */
import { errorWords } from '../../words/errors.ts'
import { formatCount } from '../../parts/time.tsx'

/** Longer records are shown in part: an editor of them would hold up the page. Characters. */
const mostEdited = 300_000
/** So deep a record is indented into a text many times its size. */
const deepestEdited = 60
/** One line of an editor: longer ones take seconds to lay out. Characters. */
const longestLine = 20_000

/** Of what is shown in part. */
const mostShown = 40_000
const deepestShown = 30
const longestText = 2000
const mostOfList = 200

interface RecordText {
  readonly text: string
  /** It is shown in part: the text is not the record. */
  readonly isCut: boolean
  /** Characters of the record as JSON. */
  readonly size: number
}

export function toRecordText(record: unknown): RecordText {
  const size = JSON.stringify(record)?.length ?? 0
  if (size <= mostEdited && !isDeeperThan(record, deepestEdited)) {
    const text = JSON.stringify(record, null, 2) ?? ''
    if (!text.split('\n').some((line) => line.length > longestLine)) return { text, isCut: false, size }
  }
  return { text: new Beginning().write(record), isCut: true, size }
}

function isDeeperThan(record: unknown, most: number): boolean {
  let level: unknown[] = [record]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return false
}

/** Writes until it is long or deep enough. */
class Beginning {
  #left = mostShown

  write(value: unknown, depth = 0): string {
    if (typeof value === 'string') return this.#writeText(value)
    if (typeof value !== 'object' || value === null) return this.#take(String(JSON.stringify(value)))
    if (depth >= deepestShown) return this.#take(errorWords.cutDepth)
    const isList = Array.isArray(value)
    const entries = isList ? value.slice(0, mostOfList).map((item) => ['', item] as const) : Object.entries(value).slice(0, mostOfList)
    const total = isList ? value.length : Object.keys(value).length
    const indent = '  '.repeat(depth + 1)
    const lines: string[] = []
    for (const [name, item] of entries) {
      if (this.#left <= 0) break
      const key = isList ? '' : `${this.#writeText(name)}: `
      lines.push(`${indent}${key}${this.write(item, depth + 1)}`)
    }
    if (lines.length < total) lines.push(indent + errorWords.cutList(formatCount(total - lines.length)))
    const [open, close] = isList ? ['[', ']'] : ['{', '}']
    return lines.length === 0 ? `${open}${close}` : `${open}\n${lines.join(',\n')}\n${'  '.repeat(depth)}${close}`
  }

  #writeText(text: string): string {
    const written = JSON.stringify(text.slice(0, longestText))
    return this.#take(text.length > longestText ? `${written} ${errorWords.cutText(formatCount(text.length))}` : written)
  }

  #take(text: string): string {
    this.#left -= text.length
    return text
  }
}
