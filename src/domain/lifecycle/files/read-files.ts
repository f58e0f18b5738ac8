/** Files read as a state: parsed, held to the schema of their type, their ids and names in one spelling. Refused whole where they are none. Pure. */
import { accept } from '../../../contract/accept.ts'
import { resources, type Collection } from '../../../contract/resources/index.ts'
import { isObject } from '../../../contract/walk.ts'
import { isDeeper } from '../../limits/parse-json.ts'
import { DomainError } from '../../errors.ts'
import { maxDepth, findStorageProblem } from '../../limits/json-limits.ts'
import { validator } from '../../validation.ts'
import { toDefinition, type Definition, type Hash } from '../../definitions/definition.ts'
import { manifestPath, parseFilePlace, invalidFile, rootPath, type FilePlace } from './archive-layout.ts'
import { format, type DefinedResource, type File } from './state-files.ts'
import { withMasks } from '../install/secrets-needed.ts'
import { deriveId, indexNames, resolveNames, type Named } from './file-names.ts'
import { withGroupIds, type NewGroup, type UnknownGroup } from './file-groups.ts'

export interface ParsedFiles {
  /** What the files are of. */
  readonly integrationId: string
  /** The state that they were made from. */
  readonly base?: Hash
  readonly state: readonly DefinedResource[]
  /** By the id of a resource the file that it is read from. */
  readonly paths: ReadonlyMap<string, string>
  readonly newGroups: readonly NewGroup[]
  readonly unknownGroups: readonly UnknownGroup[]
}

interface Parsed {
  readonly path: string
  readonly collection: Collection
  readonly id: string
  readonly value: Record<string, unknown>
}

/** Refuses what is no whole state: files that are missing, two of one id, references to no file, what does not fit its type. */
export function parseFiles(files: readonly File[]): ParsedFiles {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  const { integrationId, base } = parseManifest(parseFile(manifestPath, texts.get(manifestPath)))
  const places = files.flatMap(({ path, text }) => {
    const place = parseFilePlace(path)
    return place ? [{ path, text, place }] : []
  })
  const read = withSources(places).map(({ path, place, value }): Parsed => ({
    path,
    collection: place.collection,
    id: resolveId(integrationId, path, place, value),
    value,
  }))
  refuseDuplicates(read)
  const root: Parsed = { path: rootPath, collection: 'integrations', id: integrationId, value: parseFile(rootPath, texts.get(rootPath)) }
  mustHaveId(root)
  const names = indexNames(read.map(({ path, id, collection }): Named => ({ collection, id, stem: parseFilePlace(path)?.stem ?? '' })))
  const groups = withGroupIds(root, read)
  const all = [root, ...read]
  const state = all.map((each) => toDefined({ ...each, value: resolveNames(each, names) }))
  return { integrationId, ...(base !== undefined && { base }), state, paths: new Map(all.map(({ id, path }) => [id, path])), ...groups }
}

function parseManifest({ format: told, _integrationId, base }: Record<string, unknown>): Pick<ParsedFiles, 'integrationId' | 'base'> {
  if (told !== format || typeof _integrationId !== 'string' || !/^[0-9a-f]{24}$/i.test(_integrationId))
    throw invalidFile(manifestPath, `it has to say format ${format} and the _integrationId that the files are of.`)
  if (base !== undefined && (typeof base !== 'string' || !/^[0-9a-f]{64}$/i.test(base)))
    throw invalidFile(manifestPath, 'base has to be the hash of a state, or to be left out.')
  return { integrationId: _integrationId.toLowerCase(), ...(typeof base === 'string' && { base: base.toLowerCase() }) }
}

interface Placed {
  readonly path: string
  readonly text: string
  readonly place: FilePlace
}

/** The .json files, with the text of a script from the .js file beside it: that of the same id, whatever stands before it. */
function withSources(places: readonly Placed[]): { path: string; place: FilePlace; value: Record<string, unknown> }[] {
  const keyOf = ({ id, stem }: FilePlace): string => id ?? stem
  const sources = new Map<string, Placed>()
  for (const each of places.filter(({ place }) => place.kind === 'js')) {
    if (sources.has(keyOf(each.place))) throw invalidFile(each.path, 'another file has the same id.')
    if (findStorageProblem(each.text)) throw invalidFile(each.path, 'it holds characters that cannot be stored.')
    sources.set(keyOf(each.place), each)
  }
  const read = places.flatMap(({ path, text, place }) => {
    if (place.kind === 'js') return []
    const value = parseFile(path, text)
    if (place.collection !== 'scripts') return [{ path, place, value }]
    const source = sources.get(keyOf(place))
    if (!source) throw invalidFile(path, 'the .js file beside it is missing.')
    sources.delete(keyOf(place))
    return [{ path, place, value: { ...value, content: source.text } }]
  })
  const [orphan] = sources.values()
  if (orphan) throw invalidFile(orphan.path, 'the .json file beside it is missing.')
  return read
}

/** As the file says, or its name; a new resource has none yet, and gets the same one whenever its file comes again. */
function resolveId(integrationId: string, path: string, { id, collection, stem }: FilePlace, { _id }: Record<string, unknown>): string {
  if (_id === undefined) return id ?? deriveId(integrationId, collection, stem)
  const told = typeof _id === 'string' ? _id.toLowerCase() : ''
  if (!/^[0-9a-f]{24}$/.test(told)) throw invalidFile(path, 'its _id has to be an id; a new resource needs none.')
  if (id !== undefined && told !== id) throw invalidFile(path, `its _id has to be ${id}.`)
  return told
}

function mustHaveId({ path, id, value }: Parsed): void {
  const { _id = id } = value
  if (typeof _id !== 'string' || _id.toLowerCase() !== id) throw invalidFile(path, `its _id has to be ${id}.`)
}

function refuseDuplicates(read: readonly Parsed[]): void {
  const seen = new Map<string, string>()
  for (const { path, id } of read) {
    const other = seen.get(id)
    if (other !== undefined) throw invalidFile(path, `${other} has the same id, ${id}.`)
    seen.set(id, path)
  }
}

function parseFile(path: string, text: string | undefined): Record<string, unknown> {
  if (text === undefined) throw invalidFile(path, 'the file is missing.')
  if (isDeeper(text, maxDepth)) throw invalidFile(path, `objects and lists may be at most ${maxDepth} levels deep.`)
  let value: unknown
  let namesPrototype = false
  try {
    value = JSON.parse(text, (key, each: unknown) => {
      namesPrototype ||= key === '__proto__'
      return each
    })
  } catch {
    throw invalidFile(path, 'it is not valid JSON.')
  }
  if (!isObject(value)) throw invalidFile(path, 'it holds no JSON object.')
  if (namesPrototype || findStorageProblem(value)) throw invalidFile(path, 'it holds what cannot be stored.')
  return value
}

function toDefined({ path, collection, id, value }: Parsed): DefinedResource {
  const { body, stored } = resources[collection]
  const { value: kept, ignored } = accept(stored, value)
  if (ignored.length > 0) throw invalidFile(path, `unknown fields: ${ignored.join(', ')}.`)
  // Secrets are in no file, so what needs one cannot be complete; connections are not changed anyway.
  if (collection !== 'connections') checkFile(path, () => validator(body, 'body')(withMasks(collection, kept as Definition)))
  return { collection, id, definition: toDefinition(collection, kept as Definition) }
}

function checkFile(path: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    throw invalidFile(path, error.message)
  }
}
