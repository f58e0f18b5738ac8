/** Runs of flows, as people look for them. */
import type { Static } from 'typebox'
import type { RunOrderName, runList } from '../../../contract/operations/flows/run-list.ts'

type ListedRun = Static<(typeof runList)['listRuns']['result']>['runs'][number]

export interface RunSearch {
  readonly types: readonly string[]
  readonly statuses?: readonly string[]
  readonly flowId?: string
  /** `none` for flows without one. */
  readonly integrationId?: string
  readonly visibleIntegrationIds?: readonly string[]
  readonly numErrorGte?: number
  readonly numErrorLte?: number
  readonly createdAtGte?: string
  readonly createdAtLte?: string
  readonly traceKey?: string
  readonly text?: string
  readonly order: RunOrderName
  readonly isAscending: boolean
  /** The run before the page, and what it is sorted by: milliseconds or a count. */
  readonly after?: RunPlace
  readonly limit: number
  /** Runs that are searched or sorted at the most. */
  readonly most: number
}

export interface RunPlace {
  readonly value: number
  readonly _id: string
}

export interface RunList {
  /** Each with what it is sorted by. */
  search(envId: string, search: RunSearch): Promise<readonly { readonly run: ListedRun; readonly value: number }[]>
}
