/** The sums of runs that have ended, which are kept as they end. */
import type { Static } from 'typebox'
import type { runReports, StatsOrder, StatsUnit } from '../../../contract/operations/flows/run-reports.ts'

/** Whole units from one time to another, which is not part of it; or the runs themselves. */
export interface StatsSpan {
  readonly unit: StatsUnit | 'run'
  readonly from: string
  readonly to: string
}

/** Which runs are summed up. Those of flows in the recycle bin are none of them. */
export interface StatsFilter {
  readonly statuses: readonly string[]
  readonly flowIds?: readonly string[]
  /** `none` for flows without one. */
  readonly integrationIds?: readonly string[]
  readonly visibleIntegrationIds?: readonly string[]
}

export type FlowStats = Static<(typeof runReports)['listFlowRunStats']['result']>['stats'][number]
type TimeSeries = Static<(typeof runReports)['listRunTimeSeries']['result']>

interface StatsPage extends StatsFilter {
  readonly spans: readonly StatsSpan[]
  /** The largest first. */
  readonly order: StatsOrder
  readonly skip: number
  readonly limit: number
}

export interface RunStats {
  /** Of each flow that has runs in these spans. */
  sumByFlow(envId: string, page: StatsPage): Promise<readonly FlowStats[]>
  /** Of each unit of the span that has runs, in their order, and of the whole span where it has any. */
  sumByTime(envId: string, filter: StatsFilter, span: StatsSpan): Promise<Pick<TimeSeries, 'series'> & Partial<Pick<TimeSeries, 'total'>>>
}
