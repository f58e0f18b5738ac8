/** Where the documents of a closure name each other by ids within texts. */
import { resources } from '../../contract/resources/index.ts'
import { findMentions, sortByUrgency, type Mention } from '../definitions/mentions.ts'
import { isMemberOf, type Closure } from '../ports/clones.ts'

/** Places that one answer names. */
const maxShown = 1000

type Named = Mention['mentioned']

export function findClosureMentions({ root, members }: Closure): Mention[] {
  const named = new Map<string, Named>(
    members.map(({ collection, entry: { doc } }) => [
      doc._id,
      { type: resources[collection].name.toLowerCase(), _id: doc._id, name: doc.name ?? '' },
    ]),
  )
  if (isMemberOf(root, 'integrations')) {
    const { flowGroupings = [], apiGroupings = [] } = root.entry.doc
    for (const { _id, name } of flowGroupings) if (_id !== undefined) named.set(_id, { type: 'flowgrouping', _id, name })
    for (const { _id, name } of apiGroupings) if (_id !== undefined) named.set(_id, { type: 'apigrouping', _id, name })
  }
  const found = members.flatMap(({ collection, entry: { doc } }) =>
    findMentions(collection, doc, named).map(({ path, id, isCode }) => ({
      ...(named.get(doc._id) as Named),
      path,
      mentioned: named.get(id) as Named,
      remapped: !isCode,
    })),
  )
  return sortByUrgency(found, maxShown)
}

/** Places that a header names. */
const maxNamed = 10

/** What somebody has to look at after it was cloned, in a sentence for a header: ids and paths only, which are plain letters. */
export function formatMentionWarning(mentions: readonly Mention[]): string | undefined {
  const left = mentions.filter(({ remapped }) => !remapped)
  if (left.length === 0) return undefined
  const places = left.slice(0, maxNamed).map(({ type, _id, mentioned }) => `${type} ${_id} names ${mentioned.type} ${mentioned._id}`)
  const more = left.length > maxNamed ? `; and ${left.length - maxNamed} more` : ''
  return `Source text of scripts was copied as it is, and names documents of the original by their ids: ${places.join('; ')}${more}.`
}
