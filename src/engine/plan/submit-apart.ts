/**
 * `idLockTemplate`: records with the same id are never submitted at the same time, whichever page, run or worker they are of. Those of a page that have the same
 * go one after the other, each in a wave of its own, from what is looked up about it to what the target answers. A wave holds the ids of its records while it is
 * at work, and nothing while it waits: so no two pages wait for each other.
 */
import { StepFailure, type Failure, type FlowRecord, type IdLocks, type SettingsByResource } from '../adaptor.ts'
import { createRendering } from '../outgoing/request-texts.ts'
import type { Turn } from './plan.ts'
import type { Definitions } from './read-documents.ts'

/** By record; null for one without an id, which no other has to wait for. */
type IdsOf = (records: readonly FlowRecord[]) => Promise<readonly (string | null | Failure)[]>

export interface Apart {
  readonly idsOf: IdsOf
  /** Undefined where somebody else holds one of them for too long. */
  take(ids: readonly string[]): Promise<(() => void) | undefined>
}

/** Undefined where the import does not say what must be kept apart. */
export function createApart(
  { _id, idLockTemplate }: { readonly _id: string; readonly idLockTemplate?: string },
  settings: SettingsByResource,
  { run, evaluate }: Pick<Definitions, 'run' | 'evaluate'>,
  locks: IdLocks,
): Apart | undefined {
  if (!idLockTemplate) return undefined
  const owner = { envId: run.envId, _id }
  const texts = [{ template: idLockTemplate, escaping: 'raw', sees: 'context' }] as const
  const { render } = createRendering(evaluate, { texts, shared: { settings } })
  const idOf = async (record: FlowRecord): Promise<string | null | Failure> => {
    try {
      return (await render({ record }))[0]?.trim() || null
    } catch (error) {
      if (error instanceof StepFailure) return error.failure
      throw error
    }
  }
  return {
    idsOf: (records) => Promise.all(records.map(idOf)),
    take: async (ids) => (ids.length > 0 ? locks.lockIds(owner, ids, run.signal) : () => undefined),
  }
}

interface Row {
  readonly record: FlowRecord
  outcome: unknown
}

interface Wave<R> {
  readonly ids: string[]
  readonly rows: R[]
}

/** Each id once in a wave, in the order of the records. */
function splitIntoWaves<R>(rows: readonly R[], ids: readonly (string | null)[]): Wave<R>[] {
  const waves: Wave<R>[] = []
  const times = new Map<string, number>()
  for (const [i, row] of rows.entries()) {
    const id = ids[i] ?? null
    const turn = id === null ? 0 : (times.get(id) ?? 0)
    const wave = (waves[turn] ??= { ids: [], rows: [] })
    wave.rows.push(row)
    if (id === null) continue
    times.set(id, turn + 1)
    wave.ids.push(id)
  }
  return waves
}

/** `work` submits the rows of a wave. It is the page's turn while waves wait and until the last of them has begun. */
export async function submitApart<R extends Row>(
  { idsOf, take }: Apart,
  rows: readonly R[],
  turn: Turn,
  work: (rows: readonly R[], turn: Turn) => Promise<void>,
): Promise<void> {
  const ids = await idsOf(rows.map(({ record }) => record))
  const open = rows.flatMap((row, i) => {
    const id = ids[i] ?? null
    if (id === null || typeof id === 'string') return [{ row, id }]
    row.outcome = { kind: 'failed', failures: [id] }
    return []
  })
  const waves = splitIntoWaves(
    open.map(({ row }) => row),
    open.map(({ id }) => id),
  )
  await turn.start()
  let hasStarted = false
  for (const [i, wave] of waves.entries()) {
    const giveBack = await take(wave.ids)
    if (!giveBack) {
      for (const row of wave.rows) row.outcome = { kind: 'failed', failures: [locked] }
      continue
    }
    const isLast = i === waves.length - 1
    const own: Turn = {
      ...turn,
      starts() {
        // Once something was sent, the page is no longer taken out.
        if (!hasStarted) turn.starts()
        hasStarted = true
      },
      begun: () => isLast && turn.begun(),
    }
    await work(wave.rows, own).finally(giveBack)
  }
  turn.begun()
}

const locked: Failure = {
  source: 'internal',
  code: 'id_locked',
  message: 'Another record with the same id (idLockTemplate) was at work for too long. Send this one again once that is through.',
}
