/** Source text of scripts: merged and compared line by line, as version control does it. Pure. */
import { createTwoFilesPatch } from 'diff'
import { merge } from 'node-diff3'

/** Both sides in words that people know from git. */
const labels = { a: 'ours', o: 'base', b: 'theirs' }

/** The merged text; where both sides changed the same lines it holds standard conflict hunks, and says so. */
export function mergeText(base: string, ours: string, theirs: string): { readonly text: string; readonly clean: boolean } {
  const { conflict, result } = merge(linesOf(ours), linesOf(base), linesOf(theirs), { label: labels, excludeFalseConflicts: true }) as {
    conflict: boolean
    result: string[]
  }
  return { text: result.join('\n'), clean: !conflict }
}

const linesOf = (text: string): string[] => text.split('\n')

/** Lines around each change. */
const context = 3
export const unifiedDiff = (name: string, before: string, after: string): string =>
  createTwoFilesPatch(name, name, before, after, undefined, undefined, { context })
