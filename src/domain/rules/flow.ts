/** Flows: one way of laying out steps, a group and connections that the integration has, and no run of a flow that is gone. */
import { resources } from '../../contract/resources/index.ts'
import { isObject } from '../../contract/walk.ts'
import { DomainError } from '../errors.ts'
import { checkDebugTime } from '../limits/debug-time.ts'
import type { Context } from '../context.ts'
import { findReferences } from '../references.ts'
import { registerConnections } from './registered-connections.ts'
import { checkSchedule, checkTimezone, ScheduleError } from './schedule.ts'
import { isStep } from './step-paths.ts'
import { checkGroup } from './grouping.ts'
import type { Fields, Rule } from './rule.ts'
import type { RowsOf } from '../ports/store.ts'

export const flowRule: Rule<'flows'> = {
  prepare(ctx, body, before) {
    const debugUntil = debugUntilOf(body)
    if (debugUntil !== undefined && debugUntil !== debugUntilOf(before)) checkDebugTime(ctx, Date.parse(debugUntil), 'logging.debugUntil')
    if (isFilled(body.pageProcessors) && isFilled(body.routers))
      throw new DomainError('invalid_field', 'A flow has either pageProcessors or routers, not both.', 'routers')
    refuseUnreadable(body)
    return body
  },
  /** The connections of its steps are registered to its integration. */
  async beforeWrite(rows, ctx, doc) {
    const { _integrationId: integration } = doc
    if (integration === undefined) return
    const steps = findReferences(resources.flows.body, doc).filter(isStep)
    await registerConnections(rows, ctx, integration, await rows.registration.findMissing(ctx.caller.envId, integration, steps))
  },
  afterWrite: (rows, ctx, doc, before) => checkGroup(rows, ctx, doc, 'flow', before),
  async afterRemove(rows, ctx, id) {
    await stopFlows(rows, ctx, [id])
  },
}

const debugUntilOf = (doc: Fields<'flows'> | undefined): string | undefined => {
  const { debugUntil } = isObject(doc?.logging) ? doc.logging : { debugUntil: undefined }
  return typeof debugUntil === 'string' ? debugUntil : undefined
}

/** Schedules that no minute could be compared with. Empty ones are none. */
function refuseUnreadable({ pageGenerators, timezone, schedule }: Fields<'flows'>): void {
  const generators = Array.isArray(pageGenerators) ? (pageGenerators as readonly { schedule?: unknown }[]) : []
  refuseField('timezone', 'time zone', timezone, checkTimezone)
  refuseField('schedule', 'schedule', schedule, checkSchedule)
  for (const [i, each] of generators.entries()) refuseField(`pageGenerators.${i}.schedule`, 'schedule', each.schedule, checkSchedule)
}

function refuseField(field: string, what: string, value: unknown, check: (text: string) => void): void {
  if (typeof value !== 'string' || value === '') return
  try {
    check(value)
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error
    throw new DomainError('invalid_field', `The ${what} "${value}" cannot be read: ${error.message}.`, field)
  }
}

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0

/** Runs of these flows end as canceled, waiting and running ones alike. */
export async function stopFlows(rows: RowsOf<'jobs'>, ctx: Context, flows: readonly string[]): Promise<void> {
  if (flows.length > 0) await rows.jobs.cancelFlows(ctx.caller.envId, flows, ctx.now().toISOString())
}
