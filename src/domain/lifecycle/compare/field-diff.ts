/** The difference of two definitions as people read it: what was added, removed or changed, where, from what to what. Pure. */
import { isDeepStrictEqual } from 'node:util'
import type { FieldDifference } from '../../../contract/operations/lifecycle/revision-diff.ts'
import { isObject } from '../../../contract/walk.ts'
import { fieldPath, itemPath } from '../merge/field-path.ts'
import { findIdentity, matchItems, listSelectors } from '../../definitions/item-identity.ts'
import { unifiedDiff } from '../merge/script-text.ts'

export function diffFields(before: unknown, after: unknown, path = ''): FieldDifference[] {
  if (isDeepStrictEqual(before, after)) return []
  if (before === undefined) return [{ change: 'added', path, new: after }]
  if (after === undefined) return [{ change: 'removed', path, old: before }]
  if (isObject(before) && isObject(after)) return diffObjects(before, after, path)
  if (Array.isArray(before) && Array.isArray(after)) {
    const found = diffItems(before, after, path)
    if (found) return found
  }
  if (isLong(before) && isLong(after)) return [{ change: 'changed', path, diff: unifiedDiff(path, before, after) }]
  return [{ change: 'changed', path, old: before, new: after }]
}

/** Source text of scripts, bodies of requests: anything of several lines. */
const isLong = (value: unknown): value is string => typeof value === 'string' && value.includes('\n')

function diffObjects(before: Record<string, unknown>, after: Record<string, unknown>, path: string): FieldDifference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
  const at = (fields: Record<string, unknown>, key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : undefined)
  return keys.flatMap((key) => diffFields(at(before, key), at(after, key), fieldPath(path, key)))
}

function diffItems(before: readonly unknown[], after: readonly unknown[], path: string): FieldDifference[] | undefined {
  const identity = findIdentity([before, after])
  if (!identity) return undefined
  const { from } = matchItems(before, after, identity)
  const added = after.filter((_item, i) => from[i] === undefined)
  const selectors = listSelectors([...before, ...added], identity)
  let next = before.length
  const found = after.flatMap((item, i) => {
    const place = from[i]
    return diffFields(place === undefined ? undefined : before[place], item, itemPath(path, selectors[place ?? next++] as string))
  })
  const stayed = from.filter((place) => place !== undefined)
  const kept = new Set(stayed)
  for (const [i, item] of before.entries())
    if (!kept.has(i)) found.push(...diffFields(item, undefined, itemPath(path, selectors[i] as string)))
  const inOrder = stayed.toSorted((a, b) => a - b)
  if (isDeepStrictEqual(stayed, inOrder)) return found
  const named = (places: readonly number[]): unknown[] => places.map((place) => selectors[place])
  return [{ change: 'reordered', path, old: named(inOrder), new: named(stayed) }, ...found]
}
