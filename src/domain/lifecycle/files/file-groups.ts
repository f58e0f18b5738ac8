/** Groups of flows and APIs in files: a new one needs no id, and is named by its name. Pure. */
import type { Collection } from '../../../contract/resources/index.ts'
import { isObject } from '../../../contract/walk.ts'
import { deriveId } from './file-names.ts'
import { invalidFile } from './archive-layout.ts'

export const groupings: Readonly<Record<string, { readonly field: string; readonly list: 'flowGroupings' | 'apiGroupings' }>> = {
  flows: { field: '_flowGroupingId', list: 'flowGroupings' },
  apis: { field: '_apiGroupingId', list: 'apiGroupings' },
}

/** A group without an id, and the one that it gets unless a group of its name is there. */
export interface NewGroup {
  readonly list: 'flowGroupings' | 'apiGroupings'
  readonly name: string
  readonly id: string
}

/** A group that a file names and the files do not have. */
export interface UnknownGroup {
  readonly path: string
  readonly field: string
  readonly group: string
}

interface Resource {
  readonly path: string
  readonly collection: Collection
  readonly id: string
  readonly value: Record<string, unknown>
}

/** A group of an integration, as a file or a definition has it. */
export type FileGroup = { _id?: unknown; name?: unknown }
export const readGroups = (list: unknown): readonly FileGroup[] => (Array.isArray(list) ? list.filter(isObject) : [])

/** Gives groups their ids, in the files of the integration and of what lies in them. Changes the values. */
export function withGroupIds(root: Resource, others: readonly Resource[]): { newGroups: NewGroup[]; unknownGroups: UnknownGroup[] } {
  const newGroups: NewGroup[] = []
  const unknownGroups: UnknownGroup[] = []
  for (const [collection, { field, list }] of Object.entries(groupings)) {
    const groups = readGroups(root.value[list])
    for (const group of groups) {
      const { _id, name } = group
      if (_id !== undefined || typeof name !== 'string') continue
      if (groups.some((each) => each !== group && each.name === name))
        throw invalidFile(root.path, `${list}: several groups are called "${name}", and one of them has no id.`)
      const made = { list, name, id: deriveId(root.id, list, name) }
      group._id = made.id
      newGroups.push(made)
    }
    const idOf = (named: string): unknown =>
      groups.find(({ _id }) => typeof _id === 'string' && _id.toLowerCase() === named.toLowerCase())?._id ??
      groups.find(({ name }) => name === named)?._id
    for (const { path, value } of others.filter((each) => each.collection === collection)) {
      const named = value[field]
      if (typeof named !== 'string') continue
      const id = idOf(named)
      if (id !== undefined) value[field] = id
      else if (!/^[0-9a-f]{24}$/i.test(named)) throw invalidFile(path, `${field}: the integration has no group "${named}" in ${list}.`)
      else unknownGroups.push({ path, field, group: named.toLowerCase() })
    }
  }
  return { newGroups, unknownGroups }
}
