/** Copies what a pull brings besides definitions: the entries of new lookup caches, and the authors of scripts. */
import { resources } from '../../contract/resources/index.ts'
import { copyEntries } from '../documents/copy-cache-entries.ts'
import { remapIds } from '../definitions/remap-ids.ts'
import { findReferences } from '../references.ts'
import { sizeFields } from '../rules/lookup-cache.ts'
import type { IntegrationPlace, Relation } from './snapshots/lineage.ts'
import type { Plan } from './merge/merge-states.ts'
import type { Doc, Key } from '../ports/document.ts'
import type { Rows } from '../ports/store.ts'

interface Cache {
  readonly from: string
  readonly to: string
}

/** Caches that were just made and ask for their entries, as a clone brings them. What is in a cache that was here already is this side's own. */
export const findNewCaches = ({ steps }: Plan, made: readonly Key[], sources: ReadonlyMap<string, string>): readonly Cache[] =>
  steps.flatMap(({ collection, id, after }) => {
    const from = sources.get(id)
    const isAsked = collection === 'lookupcaches' && after?.['includeDataInTemplatesAndCloning'] === true
    return isAsked && from !== undefined && made.some((key) => key.id === id) ? [{ from, to: id }] : []
  })

/** The source is locked, so that its size is that of what is copied. */
export async function copyPulledEntries(rows: Rows, { own, other }: Relation, caches: readonly Cache[]): Promise<void> {
  for (const { from, to } of caches) {
    const source = await rows.documents.lock(other.envId, 'lookupcaches', from)
    const target = await rows.documents.lock(own.envId, 'lookupcaches', to)
    if (!source || !target) continue
    await copyEntries(rows, [from], new Map([[from, to]]), other.envId, own.envId)
    const doc: Doc = { ...target.doc, ...sizeFields(Number(source.doc['size'] ?? 0)) }
    const references = { all: findReferences(resources.lookupcaches.stored, doc), checked: [] }
    await rows.documents.write(own.envId, 'lookupcaches', { doc, secrets: target.secrets }, references, 'replacement')
  }
}

/** A text of somebody who manages some integrations only reaches the same ones here: who pulls it did not write it. */
export async function readScriptAuthors(
  rows: Rows,
  other: IntegrationPlace,
  { steps }: Plan,
  ids: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const sources = new Map([...ids].map(([from, to]) => [to, from]))
  const found = new Map<string, readonly string[]>()
  for (const { collection, id, after } of steps) {
    const from = sources.get(id)
    if (collection !== 'scripts' || !after || from === undefined) continue
    const authors = (await rows.documents.find(other.envId, 'scripts', from))?.doc['_authorIntegrationIds']
    if (Array.isArray(authors)) found.set(id, remapIds(authors as string[], ids))
  }
  return found
}
