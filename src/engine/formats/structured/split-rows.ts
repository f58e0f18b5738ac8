/** Rows of a text, one after the other, without what ends them. */
import { UnreadableContent } from '../format.ts'
import { maxPageBytes } from '../page-bounds.ts'
import type { Structure } from './definition.ts'
import { findSeparators, headLength } from './separators.ts'
import type { Separators } from './standard.ts'

/** A row is a part of a record, which is no longer than a page may be. Characters. */
const maxRow = maxPageBytes

export interface SplitRow {
  readonly text: string
  /** From 1. */
  readonly number: number
}

/** Begins with the separators; rows come together that end in one part of the text. Throws `UnreadableContent`. */
export async function splitRows(
  structure: Structure,
  texts: AsyncIterable<string>,
): Promise<{ separators: Separators; rows: AsyncGenerator<readonly SplitRow[]> }> {
  const iterator = texts[Symbol.asyncIterator]()
  let head = ''
  let isOver = false
  while (!isOver && head.length < headLength) {
    const next = await iterator.next()
    if (next.done) isOver = true
    else head = structure.standard ? (head + next.value).trimStart() : head + next.value
  }
  mustBeText(structure, head)
  const separators = findSeparators(structure, head)
  const all = async function* (): AsyncGenerator<string> {
    try {
      yield head
      for (let next = isOver ? undefined : await iterator.next(); next && !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.(undefined)
    }
  }
  return { separators, rows: rowsOf(structure, separators, all()) }
}

function mustBeText({ standard }: Structure, head: string): void {
  if (/^\s*<(!doctype html|html|\?xml)[\s>]/i.test(head))
    throw new UnreadableContent('invalid_rows', 'is HTML or XML, and no file of rows.')
  const [begins, name] = standard === 'x12' ? [/^(?:ISA|GS|ST)/, 'X12 (ISA)'] : [/^UN[ABGH]/, 'EDIFACT (UNA or UNB)']
  if (standard && head !== '' && !begins.test(head)) throw new UnreadableContent('invalid_edi', `does not begin as ${name} does.`)
}

async function* rowsOf(structure: Structure, separators: Separators, texts: AsyncIterable<string>): AsyncGenerator<readonly SplitRow[]> {
  const { standard, rowSuffix } = structure
  let rest = ''
  let number = 0
  /** In EDI line ends between segments are nothing; elsewhere the suffix stands before the delimiter, or does not. */
  const clean = (row: string): string => {
    if (standard) return row.replace(/^\s+/, '')
    const line = separators.row === '\n' && row.endsWith('\r') ? row.slice(0, -1) : row
    return rowSuffix !== '' && line.endsWith(rowSuffix) ? line.slice(0, -rowSuffix.length) : line
  }
  let from = 0
  for await (const text of texts) {
    if (text.includes('\0'))
      throw new UnreadableContent('binary_content', 'holds a NUL character: it is no text, or one in another encoding, such as utf-16le.')
    rest += text
    const rows: SplitRow[] = []
    let begin = 0
    for (let end = findEnd(rest, from, separators); end >= 0; end = findEnd(rest, begin, separators)) {
      const row = clean(rest.slice(begin, end))
      begin = end + separators.row.length
      from = begin
      number++
      if (row !== '' || !standard) rows.push({ text: row, number })
    }
    if (rows.length > 0) yield rows
    rest = rest.slice(begin)
    // A separator of several characters may begin at the end of one text and end in the next; a release character may stand there.
    from = Math.max(0, rest.length - separators.row.length - 1)
    if (separators.release !== undefined) from = 0
    if (rest.length > maxRow)
      throw new UnreadableContent(
        'content_too_large',
        `holds a row of more than ${maxRow / 1024 / 1024} MB after ${number.toLocaleString('en')} rows: look whether the right delimiters are set.`,
      )
  }
  const last = clean(rest)
  if (last.trim() !== '') yield [{ text: last, number: number + 1 }]
}

function findEnd(text: string, from: number, { row, release }: Separators): number {
  for (let at = text.indexOf(row, from); at >= 0; at = text.indexOf(row, at + 1)) {
    if (release === undefined || !isReleased(text, at, release)) return at
  }
  return -1
}

/** A release character before it counts, unless that is released itself. */
function isReleased(text: string, at: number, release: string): boolean {
  let count = 0
  while (text[at - 1 - count] === release) count++
  return count % 2 === 1
}

/** What stands between separators that are none where they are released. */
export function splitBy(text: string, separator: string, release: string | undefined): string[] {
  if (release === undefined || !text.includes(release)) return text.split(separator)
  const parts: string[] = []
  let begin = 0
  for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, at + 1)) {
    if (isReleased(text, at, release)) continue
    parts.push(text.slice(begin, at))
    begin = at + separator.length
  }
  parts.push(text.slice(begin))
  return parts
}

/** Without its release characters. */
export function releaseText(text: string, release: string | undefined): string {
  if (release === undefined || !text.includes(release)) return text
  let released = ''
  for (let at = 0; at < text.length; at++) {
    if (text[at] === release && at + 1 < text.length) at++
    released += text[at]
  }
  return released
}
