/** A run that a worker carries out, and how that can end. */
import type { RunningJob } from '../../domain/ports/jobs.ts'
import type { Failure } from '../adaptor.ts'
import type { Exchange } from '../exchange.ts'
import type { Lease } from './lease.ts'
import type { PageCommit } from './page-commit.ts'
import type { Plan } from '../plan/plan.ts'

export interface Running {
  readonly envId: string
  readonly run: RunningJob
  readonly plan: Plan
  readonly pageCommit: PageCommit
  readonly lease: Lease
  /** Pages in flight at the most. */
  readonly pagesInFlight: number
}

/** Where functions keep something between pages, those of the next page must find it. */
export const maxPagesOf = ({ plan, pagesInFlight }: Running): number => (plan.onePageAtATime ? 1 : pagesInFlight)

export type RunEnd =
  | { readonly kind: 'completed' }
  /** `stepId` is the step that could not go on; absent where the flow could not even begin. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly stepId?: string; readonly exchange?: Exchange }
  /** The worker leaves the run before it is done. */
  | { readonly kind: 'left' }
