/** Replaces ids in a document, and removes what a copy of it must not have. Pure. */
import type { TSchema } from 'typebox'
import { accept } from '../../contract/accept.ts'
import { resources, type Collection } from '../../contract/resources/index.ts'
import { isObject, visit, type Path, type Shape } from '../../contract/walk.ts'
import type { Doc } from '../ports/document.ts'

type Body = Record<string, unknown>
/** Old id to new id. Ids are unique whatever they name, so one map serves documents of all types and groups. */
export type IdMap = ReadonlyMap<string, string>

/** An id that stands for itself: 24 hex digits, and not some of a longer number. */
export const idPattern = /(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])/gi
const idLength = 24

const remapText = (text: string, ids: IdMap): string =>
  text.length < idLength ? text : text.replace(idPattern, (id) => ids.get(id.toLowerCase()) ?? id)

/**
 * Every one of these ids, in whatever field: references, groups, `iLMIgnore`, the settings by which scripts find their exports, and within texts, as templates
 * of addresses and bodies hold them. Keys too. A copy that acted on what it was copied from would surprise people more than any text that only looks so.
 */
export function remapIds<T>(value: T, ids: IdMap): T
export function remapIds(value: unknown, ids: IdMap): unknown {
  if (typeof value === 'string') return remapText(value, ids)
  if (Array.isArray(value)) return value.map((item: unknown) => remapIds(item, ids))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [remapText(key, ids), remapIds(below, ids)]))
}

/** Fields of a type whose texts are code: nobody knows what an id in it is for, so it is told to people (`contract/text-mentions.ts`) and left as it is. */
const code: { readonly [C in Collection]?: string } = { scripts: 'content' }

export const isScriptText = (collection: Collection, field: string): boolean => code[collection] === field

/** A document, or a part of one, with these ids; its code as it was. */
export function remapDocument<T extends Readonly<Record<string, unknown>>>(collection: Collection, doc: T, ids: IdMap): T {
  const field = code[collection]
  return field === undefined || doc[field] === undefined ? remapIds(doc, ids) : { ...remapIds(doc, ids), [field]: doc[field] }
}

/** What a client could have sent, without secrets, and what only the server sets: references, and what holds for a copy as well. */
export function portable(collection: Collection, doc: Doc): Body {
  const { body, stored } = resources[collection]
  const kept = accept(body, doc).value as Body
  removeAt(
    kept,
    findPaths(body, kept, (shape) => shape['x-secret'] === true),
  )
  const referring = new Set(findPaths(stored, doc, (shape) => shape['x-ref'] !== undefined).map(([field]) => String(field)))
  const fields = stored.properties as Readonly<Record<string, { readOnly?: boolean; 'x-cloned'?: boolean }>>
  const isCarried = (field: string): boolean =>
    fields[field]?.readOnly === true && (referring.has(field) || fields[field]['x-cloned'] === true)
  return { ...kept, ...Object.fromEntries(Object.entries(doc).filter(([field]) => isCarried(field))) }
}

/** Without the references that lead nowhere, and without the items of lists that were nothing but such references. Changes `doc`. */
export function removeReferences(schema: TSchema, doc: Body, leadsNowhere: (id: string) => boolean): void {
  const kept = new Set<string>()
  const gone = findPaths(schema, doc, (shape, value, path) => {
    if (shape['x-ref'] === undefined || typeof value !== 'string') return false
    const isGone = leadsNowhere(value)
    if (!isGone) for (let length = 1; length <= path.length; length++) kept.add(path.slice(0, length).join('\0'))
    return isGone
  })
  removeAt(
    doc,
    gone.map((path) => {
      const parent = path.slice(0, -1)
      const isItem = typeof parent.at(-1) === 'number'
      return isItem && !kept.has(parent.join('\0')) ? parent : path
    }),
  )
}

function findPaths(schema: TSchema, doc: Body, isOne: (shape: Shape, value: unknown, path: Path) => boolean): Path[] {
  const found: Path[] = []
  visit(schema, doc, (shape, value, path) => {
    const isFound = isOne(shape, value, path)
    if (isFound) found.push(path)
    return !isFound
  })
  return found
}

/** Paths in the order of a walk: removed from the last one, so that those before keep their places. */
function removeAt(doc: Body, paths: readonly Path[]): void {
  const distinct = new Map(paths.map((path) => [path.join('\0'), path]))
  const isWithin = (path: Path): boolean => path.some((_key, length) => distinct.has(path.slice(0, length).join('\0')))
  for (const path of [...distinct.values()].filter((each) => !isWithin(each)).toReversed()) {
    const last = path.at(-1)
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Body)[key], doc)
    if (Array.isArray(parent)) parent.splice(Number(last), 1)
    else if (isObject(parent) && last !== undefined) delete parent[last]
  }
}
