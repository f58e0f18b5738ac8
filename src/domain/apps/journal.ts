/** What a function of an app has done to the resources of the app so far, so that it can be undone where the function fails. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { JsonText, plain } from '../answer.ts'
import { belonging } from '../belonging.ts'
import type { Operation } from '../../contract/operation.ts'
import { DomainError } from '../errors.ts'
import type { Context, Doc, Entry, Rows } from '../ports.ts'
import { referencesOf } from '../references.ts'

type Step =
  | { readonly did: 'create'; readonly collection: Collection; readonly id: string }
  | { readonly did: 'remove'; readonly collection: Collection; readonly id: string }
  | { readonly did: 'replace'; readonly collection: Collection; readonly before: Entry }

/** Changes of one function at the most: each may have to be taken back in one transaction. */
const maxChanges = 2000

export class Journal {
  readonly #steps: Step[] = []

  created(collection: Collection, id: string): void {
    this.#steps.push({ did: 'create', collection, id })
  }
  replacing(collection: Collection, before: Entry): void {
    this.#steps.push({ did: 'replace', collection, before })
  }
  removed(collection: Collection, id: string): void {
    this.#steps.push({ did: 'remove', collection, id })
  }

  /** Carries out an operation, and notes what it did to a document. */
  async around(ctx: Context, { method, path }: Operation, id: string | undefined, work: () => Promise<unknown>): Promise<unknown> {
    const collection = /^\/v1\/([^/:]+)(?:\/:_id)?$/.exec(path)?.[1] as Collection
    if (method === 'GET' || !(collection in resources)) return work()
    if (this.#steps.length >= maxChanges) throw new DomainError('bad_request', `A function may change ${maxChanges} documents and no more.`)
    const before = id === undefined ? undefined : await ctx.store.documents.find(ctx.caller.envId, collection, id)
    const answer = await work()
    if (before && method === 'DELETE') this.removed(collection, before.doc._id)
    else if (before) this.replacing(collection, before)
    else if (answer instanceof JsonText) this.created(collection, (plain(answer) as Doc)._id)
    return answer
  }

  /** The last change first. What somebody else has removed meanwhile stays removed. */
  async undo(ctx: Context): Promise<void> {
    if (this.#steps.length === 0) return
    await ctx.store.transaction(async (rows) => {
      for (const step of this.#steps.toReversed()) await undoStep(rows, ctx, step)
    })
  }
}

async function undoStep(rows: Rows, ctx: Context, step: Step): Promise<void> {
  const { envId } = ctx.caller
  if (step.did === 'remove') return void (await rows.recycleBin.restore(envId, step, belonging.unless))
  if (step.did === 'create') return void (await rows.documents.remove(envId, step.collection, [step.id], step.id))
  const { collection, before } = step
  if (!(await rows.documents.lock(envId, collection, before.doc._id))) return
  const references = { all: referencesOf(resources[collection].stored, before.doc), checked: [] }
  await rows.documents.write(envId, collection, before, references, 'replacement')
}
