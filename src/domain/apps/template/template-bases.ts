/** Records the template's version of each installed document, as the base that later updates are merged from. */
import type { Collection } from '../../../contract/resources/index.ts'
import { toDefinition, type Definition } from '../../definitions/definition.ts'
import type { Member, IntegrationPlace } from '../../ports/clones.ts'
import type { RowsOf } from '../../ports/store.ts'

/** Each installation's own: what it is called, where its flows are on, and how far it has got. */
const own: { readonly [C in Collection]?: readonly string[] } = {
  integrations: ['name', 'tag', 'version', 'install', 'installSteps'],
  flows: ['disabled'],
  apis: ['disabled'],
}
/** People choose connections; scripts are the publisher's; entries of caches are changed by flows. */
export const unmergedCollections: ReadonlySet<string> = new Set(['connections', 'scripts', 'lookupcaches'])

export const templateDefinition = ({ collection, entry: { doc } }: Member): Definition =>
  Object.fromEntries(Object.entries(toDefinition(collection, doc)).filter(([field]) => !own[collection]?.includes(field)))

/** As the template has them now: what the next update looks for changes against. */
export async function recordTemplate(rows: RowsOf<'clones'>, place: IntegrationPlace, members: readonly Member[]): Promise<void> {
  await rows.clones.setBases(
    place,
    members
      .filter(({ collection }) => !unmergedCollections.has(collection))
      .map((member) => ({ collection: member.collection, sourceId: member.entry.doc._id, base: templateDefinition(member) })),
  )
}
