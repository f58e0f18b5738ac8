/** A state as files: one for each resource, named for people, with its id for the program. Pure. */
import { canonical, type Definition, type Hash } from '../../definitions/definition.ts'
import type { Collection } from '../../../contract/resources/index.ts'
import { manifestPath, rootPath } from './archive-layout.ts'

export interface File {
  readonly path: string
  readonly text: string
}

export interface DefinedResource {
  readonly collection: Collection
  readonly id: string
  readonly definition: Definition
}

/** How the files are laid out. */
export const format = 1

/** Characters of a name that its file shows. */
const maxShown = 60
const shownName = (name: unknown): string =>
  String(typeof name === 'string' ? name : '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, maxShown)
    .replace(/^-+|-+$/g, '')

/** Keys in canonical order, so that the same state has the same text. */
const formatJson = (value: unknown): string => `${JSON.stringify(JSON.parse(canonical(value)), null, 2)}\n`

/** `base`: the hash of the state, from which a later import tells what was changed in the files from what was changed in the integration. */
export function buildFiles(integrationId: string, state: readonly DefinedResource[], base?: Hash): File[] {
  const files = state.flatMap(({ collection, id, definition }): File[] => {
    if (collection === 'integrations') return [{ path: rootPath, text: formatJson({ _id: id, ...definition }) }]
    const path = `${collection}/${[shownName(definition.name), id].filter(Boolean).join('.')}`
    if (collection !== 'scripts') return [{ path: `${path}.json`, text: formatJson({ _id: id, ...definition }) }]
    const { content, ...rest } = definition
    return [
      { path: `${path}.js`, text: typeof content === 'string' ? content : '' },
      { path: `${path}.json`, text: formatJson({ _id: id, ...rest }) },
    ]
  })
  const manifest = { path: manifestPath, text: formatJson({ format, _integrationId: integrationId, ...(base !== undefined && { base }) }) }
  return [manifest, ...files].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
