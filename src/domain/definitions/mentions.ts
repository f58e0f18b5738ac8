/** Where documents name others by an id within a text: in settings, templates, addresses, code. One pass over the texts. Pure. */
import type { Static } from 'typebox'
import type { Mention as Shown } from '../../contract/text-mentions.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { isObject, visit, type Path } from '../../contract/walk.ts'
import { idPattern, isScriptText } from './remap-ids.ts'

export type Mention = Static<typeof Shown>

interface Found {
  readonly path: string
  readonly id: string
  readonly isCode: boolean
}

/** The ids of `known` that texts of the document hold; each once a text. What the schema knows to be an id is none of them. */
export function findMentions(
  collection: Collection,
  doc: Readonly<Record<string, unknown>>,
  known: { has(id: string): boolean },
): readonly Found[] {
  const found = listTexts(doc).flatMap(({ path, text }) =>
    [...new Set(text.match(idPattern)?.map((id) => id.toLowerCase()))].flatMap((id) => (known.has(id) ? [{ path, id }] : [])),
  )
  if (found.length === 0) return []
  const identifying = new Set<string>()
  visit(resources[collection].stored, doc, (shape, _value, path) => {
    if (shape.format === 'objectId') identifying.add(path.join('.'))
  })
  return found.flatMap(({ path, id }) => {
    const field = path.join('.')
    return identifying.has(field) ? [] : [{ path: field, id, isCode: isScriptText(collection, field) }]
  })
}

/** Every text of a value, and every key. */
function listTexts(value: unknown, path: Path = []): readonly { readonly path: Path; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }]
  if (Array.isArray(value)) return value.flatMap((item, i) => listTexts(item, [...path, i]))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, below]) => [{ path: [...path, key], text: key }, ...listTexts(below, [...path, key])])
}

/** Those that are left as they are first: they are what somebody has to look at. */
export const sortByUrgency = (mentions: readonly Mention[], most: number): Mention[] =>
  mentions.toSorted((a, b) => Number(a.remapped) - Number(b.remapped)).slice(0, most)
