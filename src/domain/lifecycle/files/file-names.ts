/** Names in place of ids: a file that has no id yet is named by its place in the folder, `exports/orders`, and has the same id whenever it comes. Pure. */
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { visit, type Path } from '../../../contract/walk.ts'
import { hashText } from '../../definitions/definition.ts'
import { invalidFile } from './archive-layout.ts'

/** The id of what has a name within an integration and no id yet. */
export const deriveId = (integrationId: string, place: string, name: string): string =>
  hashText(`${integrationId} ${place} ${name}`).slice(0, 24)

export interface Named {
  readonly collection: Collection
  readonly id: string
  readonly stem: string
}

const several = 'several'
/** The id that a name stands for, or that several files could be meant. */
export type FindName = (collection: string, name: string) => string | undefined

/** Files go by their name without the ending, and without the id in it. */
export function indexNames(named: readonly Named[]): FindName {
  const ids = new Map<string, string>()
  const add = (key: string, id: string): void => {
    const known = ids.get(key)
    ids.set(key, known === undefined || known === id ? id : several)
  }
  for (const { collection, id, stem } of named) {
    add(`${collection}/${stem}`, id)
    const short = stem.replace(/\.[0-9a-f]{24}$/i, '')
    if (short !== stem) add(`${collection}/${short}`, id)
  }
  return (collection, name) => {
    const plain = name.replace(/^(?:\.?\/)?/, '').replace(/\.json$/, '')
    return ids.get(plain.startsWith(`${collection}/`) ? plain : `${collection}/${plain}`)
  }
}

interface Resource {
  readonly path: string
  readonly collection: Collection
  readonly value: Record<string, unknown>
}

/** The resource with ids wherever it names another file. */
export function resolveNames({ path, collection, value }: Resource, names: FindName): Record<string, unknown> {
  const found: { at: Path; id: string }[] = []
  visit(resources[collection].stored, value, (shape, name, at) => {
    const of = shape['x-ref']
    if (of === undefined || typeof name !== 'string' || /^[0-9a-f]{24}$/i.test(name)) return
    const id = names(of, name)
    if (id === undefined) throw invalidFile(path, `${at.join('.')}: there is no file "${name}" in ${of}.`)
    if (id === several) throw invalidFile(path, `${at.join('.')}: several files in ${of} are called "${name}". Name one by its id.`)
    found.push({ at, id })
  })
  if (found.length === 0) return value
  const result = structuredClone(value)
  for (const { at, id } of found) {
    const holder = at
      .slice(0, -1)
      .reduce<Record<string | number, unknown>>((of, key) => of[key] as Record<string | number, unknown>, result)
    holder[at.at(-1) as string | number] = id
  }
  return result
}
