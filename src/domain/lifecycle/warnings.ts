/** What an open revision does beyond its integration. People confirm it when they apply the revision. */
import type { Collection } from '../../contract/resources/index.ts'
import { filterVisible, visibleIntegrations } from '../access/access.ts'
import type { Context } from '../context.ts'
import type { Referrer } from '../ports/dependencies.ts'
import { canonical, toDefinition, hashText, type Definition } from '../definitions/definition.ts'
import { readName, typeName } from './compare/diff-format.ts'
import type { PlanStep } from './merge/merge-states.ts'
import type { LoadedPlan } from './plan.ts'
import type { StoredRevision, Warning } from './revision.ts'
import { loadTree } from './snapshots/integration-state.ts'
import { nodeKey, type Tree } from './snapshots/tree.ts'
import type { Key } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'
import type { ReviewRows } from './revision-rows.ts'

/** Resources that several integrations may use. */
const shareable: ReadonlySet<string> = new Set([
  'scripts',
  'exports',
  'imports',
  'asynchelpers',
  'lookupcaches',
  'filedefinitions',
  'tools',
])
/** Documents that refer to one resource and are looked at. */
const maxReferrers = 1000

/** What the caller does not see is told of without its name. */
export async function findWarnings(rows: ReviewRows, ctx: Context, opened: StoredRevision, plan: LoadedPlan): Promise<readonly Warning[]> {
  const { envId } = ctx.caller
  const found = [
    ...(await findSharedUses(rows, ctx, plan, await loadTree(rows, envId, opened.doc.beforeRevisionHash))),
    ...(await findRestored(rows, ctx, plan)),
    ...(await findMovedIn(rows, envId, opened, plan)),
    ...(await findMovedAway(rows, ctx, opened, plan)),
    ...findScriptMentions(opened, plan),
  ]
  return found.map(({ code, step, message, about = message }) => {
    const resource = { type: typeName(step.collection), _id: step.id, name: readName(resultOf(step, plan)) }
    return { id: hashText(`${code} ${nodeKey(step)} ${about}`).slice(0, 16), code, ...resource, message }
  })
}

interface Found {
  readonly code: Warning['code']
  readonly step: PlanStep
  readonly message: string
  /** What it is told apart by, whoever sees how much of it. The message, by default. */
  readonly about?: string
}

const resultOf = ({ before, after }: PlanStep, { load }: LoadedPlan): Definition | undefined =>
  after ?? (before === undefined ? undefined : load(before))
const describeStep = (step: PlanStep, plan: LoadedPlan): string => `${typeName(step.collection)} "${readName(resultOf(step, plan))}"`

/** Changed resources that somebody outside uses: by themselves, or through what they are part of. */
async function findSharedUses(rows: RowsOf<'dependencies'>, ctx: Context, plan: LoadedPlan, own: Tree): Promise<Found[]> {
  const { envId } = ctx.caller
  const inside = new Set(own.map(nodeKey))
  const changed = plan.steps.filter(
    ({ collection, before, after }) => before !== undefined && after !== undefined && shareable.has(collection),
  )
  const outside = new Map<string, Map<string, Referrer>>()
  /** From a resource that is looked at to the changed ones that it is, or that it uses. */
  let reached = new Map(changed.map((step) => [nodeKey(step), new Set([nodeKey(step)])]))
  const seen = new Map(reached)
  while (reached.size > 0) {
    const next = new Map<string, Set<string>>()
    const keys = [...reached.keys()].map((name): Key => ({
      collection: name.slice(0, name.indexOf('/')),
      id: name.slice(name.indexOf('/') + 1),
    }))
    for (const referrer of await rows.dependencies.listReferrers(envId, keys, maxReferrers)) {
      const [name, of] = [`${referrer.collection}/${referrer.id}`, `${referrer.toCollection}/${referrer.toId}`]
      for (const origin of reached.get(of) ?? []) {
        if (!inside.has(name)) outside.set(origin, (outside.get(origin) ?? new Map()).set(name, referrer))
        else if (shareable.has(referrer.collection) && !seen.get(name)?.has(origin))
          next.set(name, (next.get(name) ?? new Set()).add(origin))
      }
    }
    for (const [name, origins] of next) seen.set(name, new Set([...(seen.get(name) ?? []), ...origins]))
    reached = next
  }
  const found: Found[] = []
  for (const step of changed) {
    const users = [...(outside.get(nodeKey(step))?.values() ?? [])]
    if (users.length === 0) continue
    const message = (of: readonly Referrer[]): string =>
      `The ${describeStep(step, plan)} is used outside the integration too, by ${formatReferrers(of, users.length)}, and changes there as well.`
    found.push({ code: 'shared_resource', step, about: message(users), message: message(await filterVisible(ctx, users)) })
  }
  return found
}

function formatReferrers([first]: readonly Referrer[], all: number): string {
  if (!first) return 'what is not open to you'
  return `the ${typeName(first.collection as Collection)} "${first.name}"${all > 1 ? ` and ${all - 1} more` : ''}`
}

/** What is no part of the integration any more although it is there: it was moved, or is used elsewhere only. */
async function findRestored(rows: RowsOf<'documents'>, ctx: Context, plan: LoadedPlan): Promise<Found[]> {
  const found: Found[] = []
  for (const step of plan.steps.filter(({ before, after }) => before === undefined && after !== undefined)) {
    const doc = (await rows.documents.find(ctx.caller.envId, step.collection, step.id))?.doc
    // What nobody changed since is only used again.
    if (!doc || textOf(doc, step) === textOf(step.after ?? {}, step)) continue
    const integration = await integrationName(rows, ctx, doc._integrationId)
    const where = integration === undefined ? 'is no part of the integration any more' : `is in ${integration} now`
    found.push({
      code: 'taken_back',
      step,
      message: `The ${describeStep(step, plan)} ${where}. It is taken back, and what was changed there is lost.`,
    })
  }
  return found
}

/** Flows that a revert removes although they are older than the state it goes back to: they came from elsewhere. */
async function findMovedIn(
  rows: RowsOf<'documents' | 'revisions' | 'snapshots'>,
  envId: string,
  { doc }: StoredRevision,
  plan: LoadedPlan,
): Promise<Found[]> {
  const id = doc._revertToRevisionId
  const target =
    id === undefined ? undefined : ((await rows.revisions.find(envId, doc._integrationId, id)) as StoredRevision | undefined)?.doc
  if (!target) return []
  const states = [target.beforeRevisionHash, target.afterRevisionHash].filter((hash) => hash !== undefined)
  const known = new Set<string>()
  for (const hash of states) for (const node of await loadTree(rows, envId, hash)) known.add(nodeKey(node))
  const found: Found[] = []
  for (const step of plan.steps.filter(({ collection, after }) => collection === 'flows' && after === undefined)) {
    const flow = (await rows.documents.find(envId, step.collection, step.id))?.doc
    if (flow && flow.createdAt < target.createdAt && !known.has(nodeKey(step)))
      found.push({
        code: 'moved_here',
        step,
        message: `The ${describeStep(step, plan)} was moved here since. It is not moved back, it goes to the recycle bin.`,
      })
  }
  return found
}

/** Resources that come to lie in another integration. */
async function findMovedAway(rows: RowsOf<'documents'>, ctx: Context, { doc }: StoredRevision, plan: LoadedPlan): Promise<Found[]> {
  const found: Found[] = []
  for (const step of plan.steps) {
    const to = step.after?._integrationId
    const from = step.before === undefined ? undefined : plan.load(step.before)._integrationId
    if (typeof to !== 'string' || to === doc._integrationId || to === from) continue
    const name = (await integrationName(rows, ctx, to)) ?? `the integration ${to}`
    found.push({ code: 'moved_away', step, message: `The ${describeStep(step, plan)} comes to lie in another integration: ${name}.` })
  }
  return found
}

/** Ids in source text that are new here: where one was before, somebody knows. */
function findScriptMentions({ doc: { mentions = [] } }: StoredRevision, plan: LoadedPlan): Found[] {
  return mentions.flatMap(({ _id, mentioned, remapped }): Found[] => {
    const step = remapped ? undefined : plan.steps.find(({ collection, id }) => collection === 'scripts' && id === _id)
    const contentOf = (definition: Definition | undefined): string => String(definition?.content).toLowerCase()
    const was = step?.before === undefined ? undefined : plan.load(step.before)
    if (!step || !contentOf(step.after).includes(mentioned._id) || contentOf(was).includes(mentioned._id)) return []
    const of = `the ${mentioned.type} "${mentioned.name}" of the other side by its id, ${mentioned._id}`
    return [
      {
        code: 'id_in_script',
        step,
        message: `The ${describeStep(step, plan)} names ${of}. Source text is not changed: it names that one here too.`,
      },
    ]
  })
}

const textOf = (value: Definition, { collection }: PlanStep): string => canonical(toDefinition(collection, value))

async function integrationName(rows: RowsOf<'documents'>, ctx: Context, id: unknown): Promise<string | undefined> {
  if (typeof id !== 'string') return undefined
  const found = await rows.documents.find(ctx.caller.envId, 'integrations', id)
  if (!found) return undefined
  return (visibleIntegrations(ctx)?.includes(id) ?? true) ? `the integration "${readName(found.doc)}"` : 'one that is not open to you'
}
