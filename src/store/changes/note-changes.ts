/**
 * Notes that runs or errors of an environment were written, and notifies its watchers. Not in the transaction that writes them: PostgreSQL lets
 * transactions that notify commit one after the other only, and pages of all runs would wait for each other. What a program had noted when it was killed goes
 * untold; those who watch look by themselves every now and then.
 */
export const changesChannel = 'sluice_changes'

/** What was written meanwhile is one statement. Milliseconds. */
const gatherMs = 250
/** Environments of one statement. */
const mostAtOnce = 500

export type NoteChange = (envId: string) => void

export function createChangeNotes(query: (text: string, values: unknown[]) => Promise<unknown>): NoteChange {
  const noted = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const send = (): void => {
    timer = undefined
    const envIds = [...noted].slice(0, mostAtOnce)
    for (const envId of envIds) noted.delete(envId)
    if (noted.size > 0) timer = setTimeout(send, gatherMs).unref()
    // A database that is away is told of by everybody else.
    query(`select pg_notify('${changesChannel}', id) from unnest($1::text[]) id`, [envIds]).catch(() => {})
  }
  return (envId) => {
    noted.add(envId)
    timer ??= setTimeout(send, gatherMs).unref()
  }
}

type Method<Rows> = { [K in keyof Rows]: Rows[K] extends (envId: string, ...rest: never[]) => Promise<unknown> ? K : never }[keyof Rows]

/** The same rows; what these of their functions write is noted. */
export function noteWrites<Rows extends object>(rows: Rows, methods: readonly Method<Rows>[], note: NoteChange): Rows {
  const noting = methods.map((name) => {
    const write = rows[name] as (envId: string, ...rest: unknown[]) => Promise<unknown>
    const written = async (envId: string, ...rest: unknown[]): Promise<unknown> => {
      const result = await write(envId, ...rest)
      note(envId)
      return result
    }
    return [name, written] as const
  })
  return { ...rows, ...Object.fromEntries(noting) }
}
