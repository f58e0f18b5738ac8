/** Removals of a plan that will not happen, since something that stays uses what is to go. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { referencesOf } from '../references.ts'
import type { Definition, Hash } from '../definitions/definition.ts'
import { nameIn, typeOf } from './compare/diff-format.ts'
import type { Step } from './merge/merge-states.ts'
import { nameOf, type Tree } from './snapshots/tree.ts'
import type { Key } from '../ports/document.ts'
import type { Rows } from '../ports/store.ts'

/** Documents that use one resource and are looked at. */
const maxUsers = 100

export interface Kept {
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
export const shownKept = ({ collection, id, name, user }: Kept, isSeen: boolean) => ({
  type: typeOf(collection),
  _id: id,
  name,
  message: `The ${typeOf(collection)} "${name}" is not removed: ${isSeen ? `the ${typeOf(user.collection as Collection)} "${user.name}"` : 'something that is not open to you'} uses it.`,
})

interface Outcome {
  /** Those that happen. What stays for the sake of others only is no part of the integration any more, so that its state changes all the same. */
  readonly steps: readonly Step[]
  readonly kept: readonly Kept[]
}

export async function withoutKept(
  rows: Rows,
  envId: string,
  all: readonly Step[],
  ours: Tree,
  load: (hash: Hash) => Definition,
): Promise<Outcome> {
  const removed = all.filter(({ after }) => after === undefined)
  if (!removed.some(canStay)) return { steps: all, kept: [] }
  const written = new Map(all.flatMap((step) => (step.after ? [[nameOf(step), step.after] as const] : [])))
  const gone = new Map(removed.map((step) => [nameOf(step), step]))
  const kept: Kept[] = []
  // What stays keeps what it uses in turn; each stays once, so it ends.
  for (;;) {
    const found = await usersOf(rows, envId, gone, written)
    if (found.size === 0) break
    for (const [name, user] of found) {
      const { collection, id, before } = gone.get(name) as Step
      gone.delete(name)
      kept.push({ collection, id, user, name: nameIn(before === undefined ? undefined : load(before)) })
    }
  }
  const members = new Set([...ours.map(nameOf), ...written.keys()])
  const stays = new Set(kept.filter(({ user }) => members.has(keyOf(user)) && !gone.has(keyOf(user))).map(nameOf))
  const isOwned = (step: Step): boolean => step.before !== undefined && load(step.before)['_integrationId'] !== undefined
  const steps = all.filter((step) => !stays.has(nameOf(step)) && !(step.after === undefined && !gone.has(nameOf(step)) && isOwned(step)))
  return { steps, kept }
}

const canStay = ({ collection }: Pick<Step, 'collection'>): boolean => collection !== 'flows'
const keyOf = ({ collection, id }: Key): string => `${collection}/${id}`

type Steps = ReadonlyMap<string, Step>

/** Of what is to go, whatever something that stays uses, and one of those that do: as it is stored, or as the plan makes it. */
async function usersOf(
  rows: Rows,
  envId: string,
  gone: Steps,
  written: ReadonlyMap<string, Definition>,
): Promise<ReadonlyMap<string, User>> {
  const found = new Map<string, User>()
  const uses = (definition: Definition, collection: string, of: string): boolean =>
    referencesOf(resources[collection as Collection].body, definition).some((reference) => keyOf(reference) === of)
  for (const [name, definition] of written) {
    const collection = name.slice(0, name.indexOf('/')) as Collection
    for (const reference of referencesOf(resources[collection].body, definition)) {
      const step = gone.get(keyOf(reference))
      if (step && canStay(step))
        found.set(keyOf(reference), { collection, id: name.slice(collection.length + 1), name: nameIn(definition) })
    }
  }
  for (const key of await rows.documents.usedOutside(envId, [...gone.values()])) {
    const step = gone.get(keyOf(key))
    if (!step || !canStay(step) || found.has(keyOf(key))) continue
    const users = await rows.dependencies.dependents(envId, step.collection, step.id, maxUsers)
    const user = users.find((each) => {
      if (gone.has(keyOf(each))) return false
      const after = written.get(keyOf(each))
      return after === undefined || uses(after, each.collection, keyOf(key))
    })
    if (user) found.set(keyOf(key), user)
  }
  return found
}
