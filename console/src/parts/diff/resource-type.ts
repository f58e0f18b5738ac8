/** The type of a resource as revisions spell it (`lookupcache`), in the words of the console. */
import { collections, isCollection } from '../../collections.ts'
import type { Collection } from '../../../../src/contract/resources/index.ts'

const byType = new Map(
  Object.entries(collections).map(([collection, { read }]) => [read.slice('get'.length).toLowerCase(), collection as Collection]),
)

export const collectionOfType = (type: string): Collection | undefined =>
  byType.get(type.toLowerCase()) ?? (isCollection(type) ? type : undefined)

export function titleOfType(type: string): string {
  const collection = collectionOfType(type)
  return collection === undefined ? type : collections[collection].title
}

export function nameOfType(type: string): string {
  const collection = collectionOfType(type)
  return collection === undefined ? type : collections[collection].one
}
