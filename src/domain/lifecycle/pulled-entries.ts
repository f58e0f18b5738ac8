/** Copies the entries of lookup caches that a pull brings. */
import { resources } from '../../contract/resources/index.ts'
import { copyEntries } from '../documents/copy-cache-entries.ts'
import { findReferences } from '../references.ts'
import { sizeFields } from '../rules/lookup-cache.ts'
import type { Relation } from './snapshots/lineage.ts'
import type { Plan } from './merge/merge-states.ts'
import type { Key } from '../ports/document.ts'
import type { RowsOf } from '../ports/store.ts'

interface Cache {
  readonly from: string
  readonly to: string
}

/** Caches that were just made and ask for their entries, as a clone brings them. What is in a cache that was here already is this side's own. */
export const findNewCaches = ({ steps }: Plan, made: readonly Key[], sources: ReadonlyMap<string, string>): readonly Cache[] =>
  steps.flatMap(({ collection, id, after }) => {
    const from = sources.get(id)
    const isAsked = collection === 'lookupcaches' && after?.includeDataInTemplatesAndCloning === true
    return isAsked && from !== undefined && made.some((key) => key.id === id) ? [{ from, to: id }] : []
  })

/** The source is locked, so that its size is that of what is copied. */
export async function copyPulledEntries(
  rows: RowsOf<'clones' | 'documents'>,
  { own, other }: Relation,
  caches: readonly Cache[],
): Promise<void> {
  for (const { from, to } of caches) {
    const source = await rows.documents.lock(other.envId, 'lookupcaches', from)
    const target = await rows.documents.lock(own.envId, 'lookupcaches', to)
    if (!source || !target) continue
    await copyEntries(rows, [from], new Map([[from, to]]), other.envId, own.envId)
    const doc = { ...target.doc, ...sizeFields(source.doc.size ?? 0) }
    const references = { all: findReferences(resources.lookupcaches.stored, doc), checked: [] }
    await rows.documents.write(own.envId, 'lookupcaches', { doc, secrets: target.secrets }, references, 'replacement')
  }
}
