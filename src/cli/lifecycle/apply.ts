/** Brings a revision from being opened to being applied, by what was said on the command line; or takes it back. */
import { createInterface } from 'node:readline/promises'
import type { CallResult } from '../../contract/call.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import type { Terminal } from '../terminal.ts'
import type { IntegrationSide } from './sides.ts'
import { describeStep, printChanges, printConflict } from './print-plan.ts'

type Revision = CallResult<'getIntegrationRevision'>

export interface Choices {
  readonly resolve?: 'ours' | 'theirs' | 'ask'
  /** Warnings are confirmed. */
  readonly confirm?: boolean
  /** Connection of the other side to the one that takes its place. */
  readonly connections: Readonly<Record<string, string>>
}

/** Answers the exit code. A revision that cannot be applied is canceled, and nothing was changed. */
export async function applyRevision(terminal: Terminal, side: IntegrationSide, opened: Revision, choices: Choices): Promise<number> {
  const params = { _id: side._id, _revisionId: opened._id }
  if (opened.status === 'completed') return printApplied(terminal, opened)
  const { server } = side
  try {
    await completeSteps(side, opened, choices)
    const left = await resolveConflicts(terminal, side, opened, choices)
    if (left > 0) {
      await server.call('cancelRevision', { params })
      terminal.say('Nothing was changed. --resolve ours, theirs or ask decides them.')
      return exitCodes.conflicts
    }
    const { warnings = [], installSteps = [] } = await server.call('getIntegrationRevision', { params })
    const open = installSteps.filter(({ completed }) => !completed)
    if (open.length > 0)
      throw new CommandError(`Choose with --connection SOURCE=TARGET: ${open.map(describeStep).join(', ')}. Nothing was changed.`)
    if (warnings.length > 0 && !choices.confirm)
      throw new CommandError(
        `Warnings: ${warnings.map(({ message }) => message).join(' ')} Apply anyway with --confirm. Nothing was changed.`,
      )
    const applied = await server.call('applyRevision', { params, body: { confirm: warnings.map(({ id }) => id) } })
    return printApplied(terminal, applied)
  } catch (error) {
    await server.call('cancelRevision', { params }).catch(() => undefined)
    throw error
  }
}

function printApplied(terminal: Terminal, revision: Revision): number {
  const notes = (revision.notes ?? []).map(({ message }) => `  ${message}`)
  terminal.print(revision, [...printChanges(terminal, revision.changes ?? []), ...notes].join('\n'))
  terminal.say(`Applied as revision ${revision._id}.`)
  return exitCodes.done
}

async function completeSteps(
  { server, _id }: IntegrationSide,
  { _id: _revisionId, installSteps = [] }: Revision,
  { connections }: Choices,
): Promise<void> {
  for (const { _sourceConnectionId, completed } of installSteps) {
    const source = typeof _sourceConnectionId === 'string' ? _sourceConnectionId : undefined
    const _connectionId = source && connections[source]
    if (!source || !_connectionId || completed) continue
    await server.call('completeRevisionInstallStep', { params: { _id, _revisionId }, body: { _sourceConnectionId: source, _connectionId } })
  }
}

/** Answers how many are left. */
async function resolveConflicts(
  terminal: Terminal,
  { server, _id }: IntegrationSide,
  { _id: _revisionId }: Revision,
  { resolve }: Choices,
): Promise<number> {
  const params = { _id, _revisionId }
  const conflicts = (await server.call('listRevisionConflicts', { params })).filter(({ use }) => use === undefined)
  if (conflicts.length === 0) return 0
  if (resolve === 'ours' || resolve === 'theirs') {
    await server.call('resolveRevisionConflicts', { params, body: { use: resolve } })
    return 0
  }
  const show = (conflict: (typeof conflicts)[number]): void => terminal.say(printConflict(terminal, conflict).join('\n'))
  if (resolve === undefined) {
    conflicts.forEach(show)
    return conflicts.length
  }
  if (!process.stdin.isTTY) throw new CommandError('--resolve ask needs a terminal. Nothing was changed.', exitCodes.conflicts)
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    for (const conflict of conflicts) {
      show(conflict)
      const answer = await lines.question('[o]urs, [t]heirs, or [q]uit? ')
      const use = { o: 'ours', t: 'theirs' }[answer.trim().toLowerCase()[0] ?? ''] as 'ours' | 'theirs' | undefined
      if (!use) return conflicts.length
      await server.call('resolveRevisionConflicts', { params, body: { conflicts: [{ conflictId: conflict.conflictId, use }] } })
    }
    return 0
  } finally {
    lines.close()
  }
}
