/** What happens every minute: the flows whose schedule names it get a run. A page generator with a schedule of its own goes by that instead. */
import { recordPlatformAct } from '../../audit/audit-entry.ts'
import { pauseUnlicensed } from '../../app-code/licensing.ts'
import type { World } from '../../context.ts'
import { DueTimes } from './due-times.ts'
import { pauseIfOffline } from './paused-flows.ts'
import { measure } from '../../observability/measurements.ts'
import { enqueueRun } from '../run-flow.ts'
import { isDue, ScheduleError } from '../../rules/schedule.ts'
import type { FlowToCheck, ScheduledFlow } from '../../ports/jobs.ts'
import type { RowsOf } from '../../ports/store.ts'

/** A minute that no worker lived through, or came to in time, is made up for as long as this: a restart. What was due before waits for its next time. */
export const makeUpMs = 5 * 60_000
const flowsPerPage = 500
/** Flows whose time is not known get one, so many in a minute: those of a database from before there were such times are looked at every minute until then. */
const mostNewTimes = 100_000

/** `minute` is its first moment. Done again for the same minute it starts nothing a second time. */
export async function startScheduledRuns(world: World, minute: Date): Promise<void> {
  if (world.now().getTime() - minute.getTime() > makeUpMs)
    return world.log.warn({ minute }, 'nobody was there to start the flows that were due; they wait for their next time')
  await pauseUnlicensed(world)
  await resumeFlows(world, minute)
  const due = createDueCheck(minute)
  const times = new DueTimes(minute, makeUpMs)
  let newTimes = 0
  const isToBeSet = ({ notDueBefore }: FlowToCheck): boolean => notDueBefore !== undefined || (newTimes += 1) <= mostNewTimes
  for (let page = await world.store.scheduledFlows.listToCheck(minute, undefined, flowsPerPage); page.length > 0;) {
    for (const flow of page)
      if (!flow.isPaused && dueExports(flow, due).length > 0) {
        const isStarted = await world.store.transaction((rows) => startRun(rows, world, flow, minute, (found) => dueExports(found, due)))
        if (isStarted) measure('scheduled', { lateMs: world.now().getTime() - minute.getTime() })
      }
    const found = page.filter(isToBeSet).map((flow) => times.find({ flow, schedules: listSchedules(flow) }))
    await world.store.scheduledFlows.setDueTimes(found.filter((time) => time !== undefined))
    page = page.length < flowsPerPage ? [] : await world.store.scheduledFlows.listToCheck(minute, page.at(-1), flowsPerPage)
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

/** The page generators that may run. A pattern for other flows never runs itself, nor does a flow with a step that is still to be set up. */
const listGenerators = ({ isAbstract, isInSetup, pageGenerators = [] }: Omit<ScheduledFlow, 'envId' | '_id'>) =>
  isAbstract || isInSetup ? [] : pageGenerators

const listExports = (flow: ScheduledFlow): string[] => listGenerators(flow).map(({ _exportId }) => _exportId)

/** Each that it runs by, once. */
const listSchedules = (flow: ScheduledFlow): string[] => [
  ...new Set(listGenerators(flow).flatMap((each) => each.schedule || flow.schedule || [])),
]

const dueExports = (flow: Omit<ScheduledFlow, 'envId' | '_id'>, due: IsDue): string[] =>
  listGenerators(flow).flatMap((each) => {
    const own = each.schedule || flow.schedule
    return own && due(own, flow.timezone) ? [each._exportId] : []
  })

/** Flows that were due while a connection of theirs was offline, and are it no more: each runs once. */
async function resumeFlows(world: World, minute: Date): Promise<void> {
  for (let page = await world.store.pausedFlows.listBack(undefined, flowsPerPage); page.length > 0;) {
    for (const { envId, flowId, exportIds } of page)
      await world.store.transaction(async (rows) => {
        await rows.pausedFlows.remove(envId, flowId)
        const wanted = (flow: ScheduledFlow): string[] => listExports(flow).filter((id) => exportIds?.includes(id) ?? true)
        await startRun(rows, world, { envId, _id: flowId }, minute, wanted)
      })
    page = page.length < flowsPerPage ? [] : await world.store.pausedFlows.listBack(page.at(-1), flowsPerPage)
  }
}

type StartRows = RowsOf<'accounts' | 'apps' | 'audit' | 'jobs' | 'pausedFlows' | 'scheduledFlows'>

/** Without piling up: what still waits or runs from last time is left out. Answers whether there is a run. */
async function startRun(
  rows: StartRows,
  world: World,
  { envId, _id: flowId }: Pick<ScheduledFlow, 'envId' | '_id'>,
  minute: Date,
  wanted: (flow: ScheduledFlow) => string[],
): Promise<boolean> {
  const scheduledAt = minute.toISOString()
  const createdAt = world.now().toISOString()
  const flow = await rows.scheduledFlows.lock(envId, flowId)
  const underWay = await rows.scheduledFlows.listUnderWay(envId, flowId, scheduledAt)
  if (!flow || underWay.includes(undefined)) return false
  if (flow._integrationId !== undefined && (await rows.apps.isPaused(envId, flow._integrationId, createdAt))) return false
  const exportIds = wanted(flow).filter((id) => !underWay.some((ids) => ids?.includes(id)))
  if (exportIds.length === 0) return false
  const isAll = exportIds.length === flow.pageGenerators?.length
  const order = { scheduledAt, ...(!isAll && { exportIds }) }
  const run = { _id: world.newId(), type: 'flow', createdAt, order } as const
  if (await pauseIfOffline(rows, flow, run)) return false
  await enqueueRun(rows, envId, flow, run)
  await recordPlatformAct(rows, world, envId, { event: 'run', collection: 'flows', _id: flowId, details: { _jobId: run._id, scheduledAt } })
  return true
}
