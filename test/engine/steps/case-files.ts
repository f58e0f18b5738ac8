/** Reads the cases of one folder of test/cases. A folder without cases fails, so that a moved folder does not pass in silence. */
import { readdirSync, readFileSync } from 'node:fs'

export interface Named {
  readonly name: string
}

export interface CaseFile<C extends Named> {
  readonly file: string
  readonly cases: readonly C[]
}

const root = new URL('../../cases/', import.meta.url)

export function casesIn<C extends Named>(folder: string): readonly CaseFile<C>[] {
  const files = readdirSync(new URL(`${folder}/`, root)).filter((file) => file.endsWith('.json'))
  const read = files.map((file) => ({ file, cases: JSON.parse(readFileSync(new URL(`${folder}/${file}`, root), 'utf8')) as C[] }))
  if (!read.some(({ cases }) => cases.length > 0)) throw new Error(`test/cases/${folder} has no cases`)
  return read
}

/** The message of what `act` throws; a test that expects one must not pass without. */
export function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'nothing was thrown'
}
