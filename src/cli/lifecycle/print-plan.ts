/** What a push, a pull or a comparison found, for a person to read. */
import type { CallResult } from '../../contract/call.ts'
import type { FieldDifference, ResourceDifference } from '../../contract/operations/lifecycle/revision-diff.ts'
import { exitCodes } from '../exit-codes.ts'
import { countOf, oneLine, type Terminal } from '../terminal.ts'

export type Plan = CallResult<'planRevision'>
type Conflict = Plan['conflicts'][number]
type Change = Plan['changes'][number]

/** Characters of a value that are shown. */
const shownOfValue = 200

export function printPlan(terminal: Terminal, plan: Plan): void {
  terminal.print(plan, [...printChanges(terminal, plan.changes), ...printObstacles(terminal, plan), ...printNotes(plan)].join('\n'))
}

export const printChanges = (terminal: Terminal, changes: readonly Change[]): string[] =>
  changes.flatMap((change) => [
    printResource(terminal, change.change, change.type, change.name, change._id),
    ...((change.fields as unknown as readonly FieldDifference[] | undefined) ?? []).flatMap((field) => printField(terminal, field)),
  ])

export const printDifferences = (terminal: Terminal, differences: readonly ResourceDifference[]): string[] =>
  differences.flatMap(({ change, type, name, _id, changes }) => [
    printResource(terminal, change, type, name, _id),
    ...(changes ?? []).flatMap((field) => printField(terminal, field)),
  ])

const signs: Readonly<Record<string, readonly [sign: string, style: 'green' | 'red' | 'yellow']>> = {
  created: ['+', 'green'],
  restored: ['+', 'green'],
  added: ['+', 'green'],
  deleted: ['-', 'red'],
  removed: ['-', 'red'],
}
const signOf = (change: string) => signs[change] ?? (['~', 'yellow'] as const)

function printResource(terminal: Terminal, change: string, type: string, name: string | undefined, id: string): string {
  const [sign, style] = signOf(change)
  return terminal.paint(style, `${sign} ${type} ${oneLine(name ?? '')} (${id})`)
}

function printField(terminal: Terminal, { change, path, old, new: now, diff }: FieldDifference): string[] {
  const [sign, style] = signOf(change)
  if (diff !== undefined) return [terminal.paint(style, `    ${sign} ${path}`), ...diff.split('\n').map((line) => `      ${oneLine(line)}`)]
  if (change === 'added') return [terminal.paint(style, `    + ${path}: ${show(now)}`)]
  if (change === 'removed') return [terminal.paint(style, `    - ${path}: ${show(old)}`)]
  return [terminal.paint(style, `    ~ ${path}: ${show(old)} -> ${show(now)}`)]
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return oneLine(text.length > shownOfValue ? `${text.slice(0, shownOfValue)}…` : text)
}

/** What stands in the way of applying it. */
function printObstacles(terminal: Terminal, { conflicts, installSteps, problems, warnings, kept }: Plan): string[] {
  return [
    ...conflicts.flatMap((conflict) => printConflict(terminal, conflict)),
    ...installSteps.map((step) => terminal.paint('yellow', `! to be chosen: ${describeStep(step)}`)),
    ...problems.map(({ type, _id, path, message }) => terminal.paint('red', `! ${type} ${_id}: ${oneLine(message)} (${path})`)),
    ...warnings.map(({ id, type, name, message }) => terminal.paint('yellow', `! ${type} ${oneLine(name)}: ${oneLine(message)} [${id}]`)),
    ...kept.map(({ type, name, message }) => `  ${type} ${oneLine(name)} stays: ${oneLine(message)}`),
  ]
}

export const printConflict = (terminal: Terminal, { type, name, path, base, ours, theirs }: Conflict): string[] => [
  terminal.paint('red', `! conflict in ${type} ${oneLine(name ?? '')}${path ? `, ${path}` : ''}`),
  `    before:  ${show(base)}`,
  `    ours:    ${show(ours)}`,
  `    theirs:  ${show(theirs)}`,
]

/** Which connection, stack, profile or secret a step asks for. */
export function describeStep(step: Readonly<Record<string, unknown>>): string {
  const { type = 'connection', name, _sourceConnectionId, _sourceStackId, _sourceEdiProfileId, _resourceId } = step
  const id = _sourceConnectionId ?? _sourceStackId ?? _sourceEdiProfileId ?? _resourceId
  const words = [type, name, id === undefined ? undefined : `(${id as string})`]
  return oneLine(words.filter((word) => typeof word === 'string').join(' '))
}

const printNotes = ({ notes }: Plan): string[] => notes.map(({ message }) => `  ${oneLine(message)}`)

/** What a pipeline reads off the plan. */
export function exitCodeOf({ changes, conflicts, problems }: Plan): number {
  if (conflicts.length > 0) return exitCodes.conflicts
  if (problems.length > 0) return exitCodes.error
  return changes.length > 0 ? exitCodes.differs : exitCodes.done
}

/** The last line, on stderr. */
export function summarize(plan: Plan): string {
  const { changes, conflicts } = plan
  if (conflicts.length > 0) return `${countOf(conflicts.length, 'conflict')}: nothing was changed.`
  return changes.length > 0 ? `${countOf(changes.length, 'change')}.` : 'Both are the same.'
}
