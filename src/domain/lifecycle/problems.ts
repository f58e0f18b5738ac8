/** What would be wrong with the result of an open pull: found while it is decided, so that applying it does not fail. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { toCheck } from '../app-rights/ownership.ts'
import { DomainError, type Problem } from '../errors.ts'
import type { Context } from '../context.ts'
import { referencesOf } from '../references.ts'
import { ruleOf } from '../rules/index.ts'
import { validator } from '../validation.ts'
import type { Definition } from '../definitions/definition.ts'
import { faultsOf } from './merge/contradictions.ts'
import { pendingIn } from './install/install-steps.ts'
import type { Step } from './merge/merge-states.ts'
import type { LoadedPlan } from './plan.ts'
import type { Opened } from './revision.ts'
import { withMasks } from './install/secrets-needed.ts'
import type { Key, Reference } from '../ports/document.ts'
import type { Rows } from '../ports/store.ts'

/** One of a resource, which the plan makes or changes. */
export interface ResourceProblem extends Problem {
  readonly collection: Collection
  readonly id: string
}

/** A revert has no decisions that could be wrong, or lost: what it cannot go back to is said when it is applied. */
export async function problemsOf(rows: Rows, ctx: Context, { doc, work }: Opened, plan: LoadedPlan): Promise<readonly ResourceProblem[]> {
  if (work.target !== undefined) return []
  const written = plan.steps.flatMap((step) => (step.after ? [{ ...step, after: step.after }] : []))
  const found = written.flatMap((step) => problemsWithin(ctx, step, plan))
  const nowhere = await leadingNowhere(rows, ctx.caller.envId, written, plan, pendingIn(doc.installSteps))
  return [...found, ...(await withoutKnownOfApps(rows, ctx, nowhere))]
}

type Written = Step & { readonly after: Definition }

/** What was wrong before is none of its doing. */
function problemsWithin(ctx: Context, { collection, id, before, after }: Written, { load }: LoadedPlan): ResourceProblem[] {
  const old = before === undefined ? undefined : load(before)
  const known = new Set((old ? checked(ctx, collection, old) : []).map(({ message }) => message))
  return checked(ctx, collection, after).flatMap((problem) => (known.has(problem.message) ? [] : [{ ...problem, collection, id }]))
}

function checked(ctx: Context, collection: Collection, definition: Definition): readonly Problem[] {
  const refused = [
    () => validator(resources[collection].body, 'body')(withMasks(collection, definition)),
    () => ruleOf(collection).prepare?.(ctx, definition, undefined),
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
  const faults = faultsOf(collection, definition).map(({ path, message }): Problem => ({ code: 'invalid_field', message, field: path }))
  return [...new Map([...found, ...faults].map((problem) => [problem.message, problem])).values()]
}

interface LeadingNowhere {
  readonly of: { readonly collection: Collection; readonly id: string }
  readonly reference: Reference
}

/** References to what is not there, does not come along and is not in the recycle bin; and to flows that the plan removes. */
async function leadingNowhere(
  rows: Rows,
  envId: string,
  written: readonly Written[],
  plan: LoadedPlan,
  pending: ReadonlySet<string>,
): Promise<LeadingNowhere[]> {
  const nameOf = ({ collection, id }: Key): string => `${collection}/${id}`
  const made = new Set(written.map(nameOf))
  const removed = new Set(plan.steps.filter(({ after, collection }) => !after && collection === 'flows').map(nameOf))
  const all = written.flatMap(({ collection, id, after }) =>
    referencesOf(resources[collection].body, after).map((reference) => ({ of: { collection, id }, reference })),
  )
  const asked = all.filter(({ reference }) => !made.has(nameOf(reference)) && !pending.has(reference.id))
  const keys = new Map(asked.map(({ reference: { collection, id } }) => [`${collection}/${id}`, { collection, id }]))
  const absent = await rows.clones.insert(envId, [], [...keys.values()])
  const gone = new Set(absent.map(nameOf))
  for (const [collection, ids] of Map.groupBy(absent, (key) => key.collection))
    if (collection !== 'connections')
      for (const id of await rows.states.stored(
        envId,
        collection as Collection,
        ids.map((key) => key.id),
      ))
        gone.delete(`${collection}/${id}`)
  return asked.filter(({ reference }) => gone.has(nameOf(reference)) || removed.has(nameOf(reference)))
}

/** Documents of an Integration App refer to scripts and stacks of its publisher. */
async function withoutKnownOfApps(rows: Rows, ctx: Context, nowhere: readonly LeadingNowhere[]): Promise<ResourceProblem[]> {
  const problems: ResourceProblem[] = []
  for (const all of Map.groupBy(nowhere, ({ of }) => `${of.collection}/${of.id}`).values()) {
    const { of } = all[0] as LeadingNowhere
    const known = (await rows.documents.find(ctx.caller.envId, of.collection, of.id))?.doc
    const references = all.map(({ reference }) => reference)
    const checks = toCheck(ctx, known, known && referencesOf(resources[of.collection].body, known), references)
    problems.push(...checks.map((reference) => ({ ...of, ...problemWith(reference) })))
  }
  return problems
}

const problemWith = ({ collection, id, path }: Reference): Problem => ({
  code: 'invalid_ref',
  message: `There is no document ${id} in ${collection}.`,
  field: path,
})
