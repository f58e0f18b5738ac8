/** What the template of an app says of each document, as it is kept with an installation to tell later what the publisher has changed. */
import type { Collection } from '../../../contract/resources/index.ts'
import { definitionOf, type Definition } from '../../definitions/definition.ts'
import type { Member, Place } from '../../ports/clones.ts'
import type { Rows } from '../../ports/store.ts'

/** Each installation's own: what it is called, where its flows are on, and how far it has got. */
const own: { readonly [C in Collection]?: readonly string[] } = {
  integrations: ['name', 'tag', 'version', 'install', 'installSteps'],
  flows: ['disabled'],
  apis: ['disabled'],
}
/** People choose connections; scripts are the publisher's; entries of caches are changed by flows. */
export const untouched: ReadonlySet<string> = new Set(['connections', 'scripts', 'lookupcaches'])

export const definedBy = ({ collection, entry: { doc } }: Member): Definition =>
  Object.fromEntries(Object.entries(definitionOf(collection, doc)).filter(([field]) => !own[collection]?.includes(field)))

/** As the template has them now: what the next update looks for changes against. */
export async function noteTemplate(rows: Rows, place: Place, members: readonly Member[]): Promise<void> {
  await rows.clones.setBases(
    place,
    members
      .filter(({ collection }) => !untouched.has(collection))
      .map((member) => ({ collection: member.collection, sourceId: member.entry.doc._id, base: definedBy(member) })),
  )
}
