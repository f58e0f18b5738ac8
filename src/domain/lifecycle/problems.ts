/** Finds what would make the result of an open pull invalid, before it is applied. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { selectChecked } from '../app-rights/ownership.ts'
import { DomainError, type Problem } from '../errors.ts'
import type { Context } from '../context.ts'
import { findReferences } from '../references.ts'
import { findRule } from '../rules/index.ts'
import { validator } from '../validation.ts'
import type { Definition } from '../definitions/definition.ts'
import { findContradictions } from './merge/contradictions.ts'
import { listPendingIds } from './install/install-steps.ts'
import type { PlanStep } from './merge/merge-states.ts'
import type { LoadedPlan } from './plan.ts'
import type { StoredRevision } from './revision.ts'
import { withMasks } from './install/secrets-needed.ts'
import type { Reference } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'
import { formatKey, uniqueKeys } from '../keys.ts'

/** One of a resource, which the plan makes or changes. */
export interface ResourceProblem extends Problem {
  readonly collection: Collection
  readonly id: string
}

/** A revert has no decisions that could be wrong, or lost: what it cannot go back to is said when it is applied. */
export async function findPlanProblems(
  rows: RowsOf<'documents' | 'snapshots'>,
  ctx: Context,
  { doc, work }: StoredRevision,
  plan: LoadedPlan,
): Promise<readonly ResourceProblem[]> {
  if (work.target !== undefined) return []
  const written = plan.steps.flatMap((step) => (step.after ? [{ ...step, after: step.after }] : []))
  const found = written.flatMap((step) => findResourceProblems(ctx, step, plan))
  const nowhere = await findDanglingReferences(rows, ctx.caller.envId, written, plan, listPendingIds(doc.installSteps))
  return [...found, ...(await withoutKnownOfApps(rows, ctx, nowhere))]
}

type Written = PlanStep & { readonly after: Definition }

/** What was wrong before is none of its doing. */
function findResourceProblems(ctx: Context, { collection, id, before, after }: Written, { load }: LoadedPlan): ResourceProblem[] {
  const old = before === undefined ? undefined : load(before)
  const known = new Set((old ? checkDefinition(ctx, collection, old) : []).map(({ message }) => message))
  return checkDefinition(ctx, collection, after).flatMap((problem) => (known.has(problem.message) ? [] : [{ ...problem, collection, id }]))
}

function checkDefinition(ctx: Context, collection: Collection, definition: Definition): readonly Problem[] {
  const refused = [
    () => validator(resources[collection].body, 'body')(withMasks(collection, definition)),
    () => findRule(collection).prepare?.(ctx, definition, undefined),
  ]
  const found = refused.flatMap((check): readonly Problem[] => {
    try {
      check()
      return []
    } catch (error) {
      if (error instanceof DomainError) return error.problems
      throw error
    }
  })
  const faults = findContradictions(collection, definition).map(({ path, message }): Problem => ({
    code: 'invalid_field',
    message,
    field: path,
  }))
  return [...new Map([...found, ...faults].map((problem) => [problem.message, problem])).values()]
}

interface LeadingNowhere {
  readonly of: { readonly collection: Collection; readonly id: string }
  readonly reference: Reference
}

/** References to what is not there, does not come along and is not in the recycle bin; and to flows that the plan removes. */
async function findDanglingReferences(
  rows: RowsOf<'documents' | 'snapshots'>,
  envId: string,
  written: readonly Written[],
  plan: LoadedPlan,
  pending: ReadonlySet<string>,
): Promise<LeadingNowhere[]> {
  const made = new Set(written.map(formatKey))
  const removed = new Set(plan.steps.filter(({ after, collection }) => !after && collection === 'flows').map(formatKey))
  const all = written.flatMap(({ collection, id, after }) =>
    findReferences(resources[collection].body, after).map((reference) => ({ of: { collection, id }, reference })),
  )
  const asked = all.filter(({ reference }) => !made.has(formatKey(reference)) && !pending.has(reference.id))
  const absent = await rows.documents.lockTargets(envId, uniqueKeys(asked.map(({ reference }) => reference)))
  const gone = new Set(absent.map(formatKey))
  for (const [collection, ids] of Map.groupBy(absent, (key) => key.collection))
    if (collection !== 'connections')
      for (const id of await rows.snapshots.filterStored(
        envId,
        collection as Collection,
        ids.map((key) => key.id),
      ))
        gone.delete(formatKey({ collection, id }))
  return asked.filter(({ reference }) => gone.has(formatKey(reference)) || removed.has(formatKey(reference)))
}

/** Documents of an Integration App refer to scripts and stacks of its publisher. */
async function withoutKnownOfApps(rows: RowsOf<'documents'>, ctx: Context, nowhere: readonly LeadingNowhere[]): Promise<ResourceProblem[]> {
  const problems: ResourceProblem[] = []
  for (const all of Map.groupBy(nowhere, ({ of }) => formatKey(of)).values()) {
    const { of } = all[0] as LeadingNowhere
    const known = (await rows.documents.find(ctx.caller.envId, of.collection, of.id))?.doc
    const references = all.map(({ reference }) => reference)
    const checks = selectChecked(ctx, of.collection, known, references)
    problems.push(...checks.map((reference) => ({ ...of, ...problemWith(reference) })))
  }
  return problems
}

const problemWith = ({ collection, id, path }: Reference): Problem => ({
  code: 'invalid_ref',
  message: `There is no document ${id} in ${collection}.`,
  field: path,
})
