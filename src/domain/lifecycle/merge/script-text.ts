/** Source text of scripts: merged and compared line by line, as version control does it. Pure. */
import type * as Diff from 'diff'
import { lazyLoad } from '../../lazy-load.ts'

const diff = lazyLoad<typeof Diff>('diff')

type Lines = readonly string[]

/** Lines that two versions may differ in before they count as rewritten: looking for what they share takes the square of it, here 0.1 s. */
const maxEdits = 500
/** Lines around each change. */
const context = 3

/** The merged text; where both sides changed the same lines it holds standard conflict hunks, and says so. */
export function mergeText(base: string, ours: string, theirs: string): { readonly text: string; readonly clean: boolean } {
  const styles = [base, ours, theirs].map(findLineEnding)
  // An editor that writes other line ends has not changed every line.
  if (new Set(styles.filter((style) => style !== undefined)).size < 2)
    return mergeLines(splitLines(base), splitLines(ours), splitLines(theirs))
  const plain = (text: string): Lines => splitLines(text.replaceAll('\r\n', '\n'))
  const { text, clean } = mergeLines(plain(base), plain(ours), plain(theirs))
  const style = styles[0] === styles[1] ? (styles[2] ?? styles[1]) : (styles[1] ?? styles[2])
  return { text: style === '\r\n' ? text.replaceAll('\n', '\r\n') : text, clean }
}

/** How the lines of a text end; undefined where it has but one. */
function findLineEnding(text: string): '\n' | '\r\n' | 'both' | undefined {
  const [all, long] = [text.split('\n').length - 1, text.split('\r\n').length - 1]
  if (all === 0) return undefined
  return long === 0 ? '\n' : long === all ? '\r\n' : 'both'
}

const splitLines = (text: string): string[] => text.split('\n')

/** Between lines that all three have (diff3): what one side changed is taken, what both changed differently becomes a hunk. */
function mergeLines(base: Lines, ours: Lines, theirs: Lines): { text: string; clean: boolean } {
  const [inOurs, inTheirs] = [placesIn(base, ours), placesIn(base, theirs)]
  const merged: string[] = []
  let clean = true
  let [b, o, t] = [0, 0, 0]
  const settle = (toB: number, toO: number, toT: number): void => {
    const found = mergeByRegions(base.slice(b, toB), ours.slice(o, toO), theirs.slice(t, toT))
    merged.push(...found.lines)
    clean &&= found.clean
    ;[b, o, t] = [toB + 1, toO + 1, toT + 1]
  }
  for (let at = 0; at < base.length; at++) {
    const [atO = -1, atT = -1] = [inOurs[at], inTheirs[at]]
    if (atO < o || atT < t) continue
    settle(at, atO, atT)
    merged.push(base[at] as string)
  }
  settle(base.length, ours.length, theirs.length)
  return { text: merged.join('\n'), clean }
}

/** The labels are the words that people know from git. */
function mergeByRegions(base: Lines, ours: Lines, theirs: Lines): { lines: Lines; clean: boolean } {
  if (isSame(ours, theirs) || isSame(base, theirs)) return { lines: ours, clean: true }
  if (isSame(base, ours)) return { lines: theirs, clean: true }
  return { lines: ['<<<<<<< ours', ...ours, '=======', ...theirs, '>>>>>>> theirs'], clean: false }
}

const isSame = (a: Lines, b: Lines): boolean => a.length === b.length && a.every((line, i) => line === b[i])

/** Where each line of `from` stands in `to`; -1 where it was changed or removed, and for all between the ends of what was rewritten. */
function placesIn(from: Lines, to: Lines): readonly number[] {
  const places = Array.from<number>({ length: from.length }).fill(-1)
  let start = 0
  while (start < from.length && start < to.length && from[start] === to[start]) places[start] = start++
  let end = 0
  while (end < Math.min(from.length, to.length) - start && from.at(-1 - end) === to.at(-1 - end)) {
    end++
    places[from.length - end] = to.length - end
  }
  const [middle, other] = [from.slice(start, from.length - end), to.slice(start, to.length - end)]
  let [f, t] = [start, start]
  for (const { added, removed, count } of changesBetween(middle, other) ?? []) {
    if (!added && !removed) for (let i = 0; i < count; i++) places[f + i] = t + i
    if (!added) f += count
    if (!removed) t += count
  }
  return places
}

const changesBetween = (from: Lines, to: Lines) =>
  leastEdits(from, to) > maxEdits ? undefined : diff().diffArrays([...from], [...to], { maxEditLength: maxEdits })

/** Lines that only one of the two has, however they are arranged. */
function leastEdits(from: Lines, to: Lines): number {
  const left = new Map<string, number>()
  for (const line of from) left.set(line, (left.get(line) ?? 0) + 1)
  let shared = 0
  for (const line of to) {
    const count = left.get(line) ?? 0
    if (count > 0) shared++
    left.set(line, count - 1)
  }
  return from.length + to.length - 2 * shared
}

export function unifiedDiff(name: string, before: string, after: string): string {
  const options = { context, maxEditLength: maxEdits }
  const [old, now] = [splitLines(before), splitLines(after)]
  const found =
    leastEdits(old, now) > maxEdits ? undefined : diff().createTwoFilesPatch(name, name, before, after, undefined, undefined, options)
  return found ?? rewritten(name, old, now)
}

/** All lines of the one, then all of the other. */
function rewritten(name: string, before: Lines, after: Lines): string {
  const side = (mark: string, lines: Lines): string[] =>
    lines.at(-1) === ''
      ? lines.slice(0, -1).map((line) => mark + line)
      : [...lines.map((line) => mark + line), '\\ No newline at end of file']
  const range = (lines: Lines): string => `1,${lines.length - (lines.at(-1) === '' ? 1 : 0)}`
  const head = [`Index: ${name}`, '===================================================================', `--- ${name}`, `+++ ${name}`]
  return [...head, `@@ -${range(before)} +${range(after)} @@`, ...side('-', before), ...side('+', after), ''].join('\n')
}
