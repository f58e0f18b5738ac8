/** What happens every minute: the flows whose schedule names it get a run. A page generator with a schedule of its own goes by that instead. */
import { recordPlatformAct } from '../audit/audit-entry.ts'
import { pauseUnlicensed } from '../app-code/licensing.ts'
import type { World } from '../context.ts'
import { enqueueRun } from './run-flow.ts'
import { isDue, ScheduleError } from '../rules/schedule.ts'
import type { ScheduledFlow } from '../ports/jobs.ts'

/** A minute that no worker lived through, or came to in time, is made up for as long as this: a restart. What was due before waits for its next time. */
export const makeUpMs = 5 * 60_000
const flowsPerPage = 500

/** `minute` is its first moment. Done again for the same minute it starts nothing a second time. */
export async function startScheduledRuns(world: World, minute: Date): Promise<void> {
  if (world.now().getTime() - minute.getTime() > makeUpMs)
    return world.log.warn({ minute }, 'nobody was there to start the flows that were due; they wait for their next time')
  await pauseUnlicensed(world)
  const due = createDueCheck(minute)
  for (let page = await world.store.scheduledFlows.page(undefined, flowsPerPage); page.length > 0;) {
    for (const flow of page) if (dueExports(flow, due).length > 0) await startDueRun(world, flow, minute, due)
    page = page.length < flowsPerPage ? [] : await world.store.scheduledFlows.page(page.at(-1), flowsPerPage)
  }
}

type IsDue = (schedule: string, timezone: string | undefined) => boolean

/** Many flows share few schedules, so each is asked once a minute. What cannot be read is never due: it was refused when it was saved. */
function createDueCheck(minute: Date): IsDue {
  const answers = new Map<string, boolean>()
  return (schedule, timezone = '') => {
    const key = `${timezone} ${schedule}`
    const known = answers.get(key)
    if (known !== undefined) return known
    const answer = readable(() => isDue(schedule, timezone, minute))
    answers.set(key, answer)
    return answer
  }
}

function readable(ask: () => boolean): boolean {
  try {
    return ask()
  } catch (error) {
    if (error instanceof ScheduleError) return false
    throw error
  }
}

/** The page generators that are due. A pattern for other flows never runs itself, nor does a flow with a step that is still to be set up. */
function dueExports(
  { schedule, timezone, isAbstract, isInSetup, pageGenerators = [] }: Omit<ScheduledFlow, 'envId' | '_id'>,
  due: IsDue,
): string[] {
  if (isAbstract || isInSetup) return []
  return pageGenerators.flatMap((each) => {
    const own = each.schedule || schedule
    return own && due(own, timezone) ? [each._exportId] : []
  })
}

/** Without piling up: what still waits or runs from last time is left out. */
async function startDueRun(world: World, { envId, _id: flowId }: ScheduledFlow, minute: Date, due: IsDue): Promise<void> {
  const scheduledAt = minute.toISOString()
  await world.store.transaction(async (rows) => {
    const flow = await rows.scheduledFlows.lock(envId, flowId)
    const underWay = await rows.scheduledFlows.listUnderWay(envId, flowId, scheduledAt)
    if (!flow || underWay.includes(undefined)) return
    const exportIds = dueExports(flow, due).filter((id) => !underWay.some((ids) => ids?.includes(id)))
    if (exportIds.length === 0) return
    const isAll = exportIds.length === flow.pageGenerators?.length
    const jobId = world.newId()
    const order = { scheduledAt, ...(!isAll && { exportIds }) }
    await enqueueRun(rows, envId, flow, { _id: jobId, type: 'flow', createdAt: world.now().toISOString(), order })
    await recordPlatformAct(rows, world, envId, { event: 'run', collection: 'flows', _id: flowId, details: { _jobId: jobId, scheduledAt } })
  })
}
