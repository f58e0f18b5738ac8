/**
 * Notes that runs or errors of an environment were written, and notifies its watchers. Not in the transaction that writes them: PostgreSQL lets
 * transactions that notify commit one after the other only, and pages of all runs would wait for each other. What a program had noted when it was killed goes
 * untold; those who watch look by themselves every now and then.
 */
import type { ChangeKind } from '../../domain/ports/flows/live-changes.ts'

export const changesChannel = 'sluice_changes'

/** What was written meanwhile is one statement. Milliseconds. */
const gatherMs = 250
/** Changes of one statement. */
const mostAtOnce = 500

/** What was changed in which environment, as it is notified. */
export type Change = `${string} ${ChangeKind}`
export type NoteChange = (change: Change) => void

export function createChangeNotes(query: (text: string, values: unknown[]) => Promise<unknown>): NoteChange {
  const noted = new Set<Change>()
  let timer: NodeJS.Timeout | undefined
  const send = (): void => {
    timer = undefined
    const changes = [...noted].slice(0, mostAtOnce)
    for (const change of changes) noted.delete(change)
    if (noted.size > 0) timer = setTimeout(send, gatherMs).unref()
    // A database that is away is told of by everybody else.
    query(`select pg_notify('${changesChannel}', change) from unnest($1::text[]) change`, [changes]).catch(() => {})
  }
  return (change) => {
    noted.add(change)
    timer ??= setTimeout(send, gatherMs).unref()
  }
}

type Method<Rows> = { [K in keyof Rows]: Rows[K] extends (envId: string, ...rest: never[]) => Promise<unknown> ? K : never }[keyof Rows]

/** The same rows; what these of their functions write is noted as a change of that kind. */
export function noteWrites<Rows extends object>(rows: Rows, methods: readonly Method<Rows>[], kind: ChangeKind, note: NoteChange): Rows {
  const noting = methods.map((name) => {
    const write = rows[name] as (envId: string, ...rest: unknown[]) => Promise<unknown>
    const written = async (envId: string, ...rest: unknown[]): Promise<unknown> => {
      const result = await write(envId, ...rest)
      note(`${envId} ${kind}`)
      return result
    }
    return [name, written] as const
  })
  return { ...rows, ...Object.fromEntries(noting) }
}
