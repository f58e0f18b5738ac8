/** Fields that a pull or a revert leaves as the receiver has them (`iLMIgnore`): dotted paths by type of resource, into the items of lists too. Pure. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { isObject } from '../../contract/walk.ts'
import type { Definition } from '../definitions/definition.ts'
import { findIdentity, matchItems } from '../definitions/item-identity.ts'

/** `flow` and `flows`, in any case: `{flow: ["schedule"]}`. */
export function readIgnoredPaths(iLMIgnore: unknown, collection: Collection): readonly string[] {
  if (!isObject(iLMIgnore)) return []
  const names = new Set([collection, resources[collection].name.toLowerCase()])
  return Object.entries(iLMIgnore).flatMap(([type, paths]) =>
    names.has(type.toLowerCase()) && Array.isArray(paths) ? paths.filter((path): path is string => typeof path === 'string') : [],
  )
}

/** `theirs`, with what lies at the paths taken from `kept`. */
export const keepIgnoredFields = (paths: readonly string[], kept: Definition, theirs: Definition): Definition =>
  paths
    .map(splitPath)
    // What names no field names nothing, and not the whole.
    .filter((segments) => segments.length > 0)
    .reduce<Definition>((result, segments) => copyField(result, kept, segments) as Definition, theirs)

/** `pageGenerators[*].schedule`, `pageGenerators.*.schedule` and `pageGenerators.schedule` say the same. */
const splitPath = (path: string): readonly string[] =>
  path
    .replace(/\[[^\]]*\]/g, '')
    .split('.')
    .filter((segment) => segment !== '' && segment !== '*')

function copyField(into: unknown, from: unknown, [field, ...below]: readonly string[]): unknown {
  if (field === undefined) return from
  if (Array.isArray(into)) return Array.isArray(from) ? copyItems(into, from, [field, ...below]) : into
  if (!isObject(into)) return into
  const kept = isObject(from) && Object.hasOwn(from, field) ? from[field] : undefined
  // Below what the other side does not have there is nothing to keep but its absence.
  if (below.length > 0 && !Object.hasOwn(into, field)) return into
  const value = copyField(into[field], kept, below)
  const { [field]: _gone, ...rest } = into
  return value === undefined ? rest : { ...rest, [field]: value }
}

function copyItems(into: readonly unknown[], from: readonly unknown[], segments: readonly string[]): unknown[] {
  const identity = findIdentity([from, into])
  const places = identity ? matchItems(from, into, identity).from : from.map((_item, i) => i)
  return into.map((item, i) => {
    const place = places[i]
    return place === undefined ? item : copyField(item, from[place], segments)
  })
}
