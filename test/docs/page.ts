/** Pages of docs/ as tests read them: their tables, row by row, and the code in their cells. */
import { readFileSync } from 'node:fs'

export const pageOf = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

/** The part under a heading, to the next one of its level or a higher one. */
export function sectionOf(page: string, heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 1
  const [, ...after] = page.split(`\n${heading}\n`)
  if (after.length !== 1) throw new Error(`the page has ${after.length} times the heading "${heading}"`)
  return (after[0] as string).split(new RegExp(`\n#{1,${level}} `))[0] as string
}

/** Rows of all tables, without their heads. A table without rows fails. */
export function rowsOf(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n')
  const isRule = (line = ''): boolean => line.startsWith('| -')
  const rows = lines.filter((line, i) => line.startsWith('| ') && !isRule(line) && !isRule(lines[i + 1]))
  if (rows.length === 0) throw new Error('there is no table')
  return rows.map((row) =>
    row
      .replaceAll('| |', '|  |')
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  )
}

/** What stands between the backticks of a cell, each of them. */
export const codesOf = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

/** The one that there is. */
export function codeOf(cell: string): string {
  const codes = codesOf(cell)
  if (codes.length !== 1) throw new Error(`one piece of code was expected in "${cell}"`)
  return codes[0] as string
}

/** Code blocks of a language. */
export const blocksOf = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, code = '']) => code)
