/** A state as files and back: a file for each resource, named for people, with its id for the program. Pure. */
import { accept } from '../../../contract/accept.ts'
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { isObject } from '../../../contract/walk.ts'
import { isDeeper } from '../../limits/parse-json.ts'
import { DomainError } from '../../errors.ts'
import { maxDepth, unstorable } from '../../limits/json-limits.ts'
import { validator } from '../../validation.ts'
import { canonical, definitionOf, type Definition } from '../../definitions/definition.ts'
import { withMasks } from '../secrets-needed.ts'

export interface File {
  readonly path: string
  readonly text: string
}

export interface Defined {
  readonly collection: Collection
  readonly id: string
  readonly definition: Definition
}

/** What the files are of, and how they are laid out. */
const manifestPath = 'sluice.json'
const rootPath = 'integration.json'
const format = 1

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
const written = (value: unknown): string => `${JSON.stringify(JSON.parse(canonical(value)), null, 2)}\n`

export function filesOf(integrationId: string, state: readonly Defined[]): File[] {
  const files = state.flatMap(({ collection, id, definition }): File[] => {
    if (collection === 'integrations') return [{ path: rootPath, text: written({ _id: id, ...definition }) }]
    const path = `${collection}/${[shownName(definition['name']), id].filter(Boolean).join('.')}`
    if (collection !== 'scripts') return [{ path: `${path}.json`, text: written({ _id: id, ...definition }) }]
    const { content, ...rest } = definition
    return [
      { path: `${path}.js`, text: typeof content === 'string' ? content : '' },
      { path: `${path}.json`, text: written({ _id: id, ...rest }) },
    ]
  })
  const manifest = { path: manifestPath, text: written({ format, _integrationId: integrationId }) }
  return [manifest, ...files].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

export const refused = (path: string, what: string): DomainError => new DomainError('invalid_archive', `${path}: ${what}`, path)

const known = /^([a-z]+)\/(?:[^/]*\.)?([0-9a-f]{24})\.(json|js)$/
/** Whether a path can be one of the files. Asked before anything is unpacked. */
export const isKnownPath = (path: string): boolean => path === manifestPath || path === rootPath || placeOf(path) !== undefined

function placeOf(path: string): { collection: Collection; id: string; kind: string } | undefined {
  const [, collection = '', id = '', kind = ''] = known.exec(path) ?? []
  if (!Object.hasOwn(resources, collection) || collection === 'integrations' || (kind === 'js' && collection !== 'scripts'))
    return undefined
  return { collection: collection as Collection, id, kind }
}

/** Refuses what is no whole state: files that are missing, two of one id, what does not fit its type. */
export function stateIn(files: readonly File[]): { readonly integrationId: string; readonly state: readonly Defined[] } {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  const manifest = parsed(manifestPath, texts.get(manifestPath))
  const { _integrationId: integrationId } = manifest
  if (manifest['format'] !== format || typeof integrationId !== 'string')
    throw refused(manifestPath, `it has to say format ${format} and the _integrationId that the files are of.`)
  const sources = sourcesIn(files)
  const root = defined(rootPath, 'integrations', integrationId, parsed(rootPath, texts.get(rootPath)))
  const others = files.flatMap(({ path, text }) => {
    const place = placeOf(path)
    if (place?.kind !== 'json') return []
    const content = place.collection === 'scripts' ? { content: sources.get(place.id) } : {}
    if ('content' in content && content.content === undefined) throw refused(path, 'the .js file beside it is missing.')
    sources.delete(place.id)
    return [defined(path, place.collection, place.id, { ...parsed(path, text), ...content })]
  })
  const [orphan] = sources.keys()
  if (orphan !== undefined) throw refused(`scripts/${orphan}.js`, 'the .json file beside it is missing.')
  refuseTwice(others)
  return { integrationId, state: [root, ...others] }
}

function sourcesIn(files: readonly File[]): Map<string, string> {
  const sources = new Map<string, string>()
  for (const { path, text } of files) {
    const place = placeOf(path)
    if (place?.kind !== 'js') continue
    if (sources.has(place.id)) throw refused(path, 'another file has the same id.')
    if (unstorable(text)) throw refused(path, 'it holds characters that cannot be stored.')
    sources.set(place.id, text)
  }
  return sources
}

function refuseTwice(state: readonly Defined[]): void {
  const seen = new Set<string>()
  for (const { collection, id } of state) {
    if (seen.has(id)) throw refused(`${collection}/${id}.json`, 'another file has the same id.')
    seen.add(id)
  }
}

function parsed(path: string, text: string | undefined): Record<string, unknown> {
  if (text === undefined) throw refused(path, 'the file is missing.')
  if (isDeeper(text, maxDepth)) throw refused(path, `objects and lists may be at most ${maxDepth} levels deep.`)
  let value: unknown
  let namesPrototype = false
  try {
    value = JSON.parse(text, (key, each: unknown) => {
      namesPrototype ||= key === '__proto__'
      return each
    })
  } catch {
    throw refused(path, 'it is not valid JSON.')
  }
  if (!isObject(value)) throw refused(path, 'it holds no JSON object.')
  if (namesPrototype || unstorable(value)) throw refused(path, 'it holds what cannot be stored.')
  return value
}

function defined(path: string, collection: Collection, id: string, value: Record<string, unknown>): Defined {
  if (value['_id'] !== id) throw refused(path, `its _id has to be ${id}.`)
  const { body, stored } = resources[collection]
  const { value: kept, ignored } = accept(stored, value)
  if (ignored.length > 0) throw refused(path, `unknown fields: ${ignored.join(', ')}.`)
  // Secrets are in no file, so what needs one cannot be complete; connections are not changed anyway.
  if (collection !== 'connections') fit(path, () => validator(body, 'body')(withMasks(collection, kept as Definition)))
  return { collection, id, definition: definitionOf(collection, kept as Definition) }
}

function fit(path: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    throw refused(path, error.message)
  }
}
