/** When a flow runs next by its own schedule and those of its page generators. */
import type { Input, Result } from '../../contract/operation.ts'
import type { nextRuns as operations } from '../../contract/operations/flows/next-runs.ts'
import type { FlowDocument } from '../../contract/document.ts'
import type { Context } from '../context.ts'
import { notFound } from '../documents/documents.ts'
import { listDueTimes, ScheduleError } from '../rules/schedule.ts'

type Ops = typeof operations

/** Unless told. */
const usual = 3

export async function listNextRuns(ctx: Context, { params, query }: Input<Ops['listNextRuns']>): Promise<Result<Ops['listNextRuns']>> {
  const flow = await ctx.store.documents.find(ctx.caller.envId, 'flows', params._id)
  if (!flow) throw notFound('flows')
  const { limit = usual } = query
  const times = new Map<number, string[]>()
  for (const [schedule, exportIds] of schedulesOf(flow.doc))
    for (const at of dueTimes(schedule, flow.doc.timezone, ctx.now(), limit)) times.set(at, [...(times.get(at) ?? []), ...exportIds])
  return [...times]
    .toSorted(([a], [b]) => a - b)
    .slice(0, limit)
    .map(([at, _exportIds]) => ({ at: new Date(at).toISOString(), _exportIds }))
}

/** Page generators by the schedule that they run by. */
function schedulesOf({ disabled, schedule, pageGenerators = [], ...flow }: FlowDocument): ReadonlyMap<string, readonly string[]> {
  const isWaiting = [...pageGenerators, ...(flow.pageProcessors ?? [])].some(({ setupInProgress }) => setupInProgress)
  if (disabled || flow.isAbstract || isWaiting) return new Map()
  const scheduled = pageGenerators.flatMap((each) => {
    const own = each.schedule || schedule
    return own ? [[own, each._exportId] as const] : []
  })
  return new Map([...Map.groupBy(scheduled, ([by]) => by)].map(([by, of]) => [by, of.map(([, id]) => id)]))
}

/** One that was stored and cannot be read any more is never due. */
function dueTimes(schedule: string, timezone: string | undefined, now: Date, limit: number): readonly number[] {
  try {
    return listDueTimes(schedule, timezone, now, limit)
  } catch (error) {
    if (error instanceof ScheduleError) return []
    throw error
  }
}
