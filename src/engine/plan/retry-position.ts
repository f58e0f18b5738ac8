/** Finds where in a flow, which may have changed, a failed record continues when it is sent again. */
import { StepFailure } from '../adaptor.ts'
import type { Path, StepPlace, Router } from './plan.ts'

/** A step of a path, or its router where `position` is that after the last step. */
export interface PlanPosition {
  readonly path: Path
  readonly position: number
}

/**
 * The place that was kept, where the flow still has it; else the step, where the flow uses it once. A step that is used more than once is not guessed at:
 * its record would go through steps that it has been through. Records kept without a place have the first one.
 */
export function findPosition(root: Path, stepId: string, kept: Partial<StepPlace> | undefined): PlanPosition {
  const paths = listPaths(root)
  if (kept?.router !== undefined) {
    const before = paths.find(({ router }) => router?.routerId === kept.router)
    if (before) return { path: before, position: before.steps.length }
    throw stepMissing('The flow no longer has the router at which these records failed.')
  }
  const uses = paths.flatMap((path) =>
    path.steps.flatMap((step, position) => (step.stepId === stepId ? [{ path, position, place: step.place }] : [])),
  )
  const [first] = uses
  if (!first) throw stepMissing('The flow no longer has the step at which these records failed.')
  if (kept?.path === undefined || uses.length === 1) return first
  const same = uses.find(({ place }) => place.path === kept.path && place.use === kept.use)
  if (same) return same
  throw stepMissing('The flow was changed: it uses the step at which these records failed more than once, and no longer where they failed.')
}

/** Every path once, in the order of the flow: branches may meet again. */
function listPaths(root: Path): Path[] {
  const seen = new Set<Router>()
  const below = (path: Path): Path[] => {
    if (!path.router || seen.has(path.router)) return [path]
    seen.add(path.router)
    return [path, ...path.router.branches.flatMap(below)]
  }
  return below(root)
}

const stepMissing = (message: string): StepFailure => new StepFailure({ source: 'resource', code: 'step_missing', message })
