/** Drops from a plan the removal of resources that something else still uses. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { findReferences } from '../references.ts'
import type { Definition, Hash } from '../definitions/definition.ts'
import { readName, typeName } from './compare/diff-format.ts'
import type { PlanStep } from './merge/merge-states.ts'
import { nodeKey, type Tree } from './snapshots/tree.ts'
import type { Key } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'
import { formatKey } from '../keys.ts'

/** Documents that use one resource and are looked at. */
const maxUsers = 100

export interface SkippedRemoval {
  readonly collection: Collection
  readonly id: string
  /** What it is called. */
  readonly name: string
  readonly user: User
}

interface User extends Key {
  readonly name: string
}

/** What uses it is named where it is seen. */
export const formatKept = ({ collection, id, name, user }: SkippedRemoval, isSeen: boolean) => ({
  type: typeName(collection),
  _id: id,
  name,
  message: `The ${typeName(collection)} "${name}" is not removed: ${isSeen ? `the ${typeName(user.collection as Collection)} "${user.name}"` : 'something that is not open to you'} uses it.`,
})

interface Outcome {
  /** Those that happen. What stays for the sake of others only is no part of the integration any more, so that its state changes all the same. */
  readonly steps: readonly PlanStep[]
  readonly kept: readonly SkippedRemoval[]
}

export async function dropUsedRemovals(
  rows: RowsOf<'dependencies' | 'documents'>,
  envId: string,
  all: readonly PlanStep[],
  ours: Tree,
  load: (hash: Hash) => Definition,
): Promise<Outcome> {
  const removed = all.filter(({ after }) => after === undefined)
  if (!removed.some(canStay)) return { steps: all, kept: [] }
  const written = new Map(all.flatMap((step) => (step.after ? [[nodeKey(step), step.after] as const] : [])))
  const gone = new Map(removed.map((step) => [nodeKey(step), step]))
  const kept: SkippedRemoval[] = []
  // What stays keeps what it uses in turn; each stays once, so it ends.
  for (;;) {
    const found = await findRemovalUsers(rows, envId, gone, written)
    if (found.size === 0) break
    for (const [name, user] of found) {
      const { collection, id, before } = gone.get(name) as PlanStep
      gone.delete(name)
      kept.push({ collection, id, user, name: readName(before === undefined ? undefined : load(before)) })
    }
  }
  const members = new Set([...ours.map(nodeKey), ...written.keys()])
  const stays = new Set(kept.filter(({ user }) => members.has(formatKey(user)) && !gone.has(formatKey(user))).map(nodeKey))
  const isOwned = (step: PlanStep): boolean => step.before !== undefined && load(step.before)._integrationId !== undefined
  const steps = all.filter((step) => !stays.has(nodeKey(step)) && !(step.after === undefined && !gone.has(nodeKey(step)) && isOwned(step)))
  return { steps, kept }
}

const canStay = ({ collection }: Pick<PlanStep, 'collection'>): boolean => collection !== 'flows'

type Steps = ReadonlyMap<string, PlanStep>

/** Of what is to go, whatever something that stays uses, and one of those that do: as it is stored, or as the plan makes it. */
async function findRemovalUsers(
  rows: RowsOf<'dependencies' | 'documents'>,
  envId: string,
  gone: Steps,
  written: ReadonlyMap<string, Definition>,
): Promise<ReadonlyMap<string, User>> {
  const found = new Map<string, User>()
  const uses = (definition: Definition, collection: string, of: string): boolean =>
    findReferences(resources[collection as Collection].body, definition).some((reference) => formatKey(reference) === of)
  for (const [name, definition] of written) {
    const collection = name.slice(0, name.indexOf('/')) as Collection
    for (const reference of findReferences(resources[collection].body, definition)) {
      const step = gone.get(formatKey(reference))
      if (step && canStay(step))
        found.set(formatKey(reference), { collection, id: name.slice(collection.length + 1), name: readName(definition) })
    }
  }
  for (const key of await rows.documents.findUsed(envId, [...gone.values()])) {
    const step = gone.get(formatKey(key))
    if (!step || !canStay(step) || found.has(formatKey(key))) continue
    const users = await rows.dependencies.listDependents(envId, step.collection, step.id, maxUsers)
    const user = users.find((each) => {
      if (gone.has(formatKey(each))) return false
      const after = written.get(formatKey(each))
      return after === undefined || uses(after, each.collection, formatKey(key))
    })
    if (user) found.set(formatKey(key), user)
  }
  return found
}
