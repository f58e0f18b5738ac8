/**
 * One record for every match of a path, with each list on the way replaced by the entry that the match went through.
 * `$.orders[*].items[*]` gives a record an item, in which `$.orders.items.sku` is its sku and `$.orders.id` its order's id.
 */
import { compileJsonPath, type JsonPath, pathOfSteps, type Step } from '../values/json-path.ts'

/** Lists that are single entries by now, each as the names that lead to it. */
export type Collapsed = ReadonlySet<string>
export const nothingCollapsed: Collapsed = new Set()

const nameOf = (names: readonly string[]): string => JSON.stringify(names)

/** The path as it reads where those lists are collapsed: `$.items[*].sku` is `$.items.sku` there. Throws `PathError`. */
export function pathWithin(text: string, collapsed: Collapsed): JsonPath {
  const path = compileJsonPath(text)
  if (collapsed.size === 0 || !path.steps?.some((step) => 'all' in step)) return path
  const names: string[] = []
  const steps: Step[] = []
  for (const step of path.steps) {
    if ('all' in step && collapsed.has(nameOf(names))) continue
    if ('name' in step) names.push(step.name)
    // Below a list that is still one, no path is the path of a collapsed list.
    else names.push('\u0000')
    steps.push(step)
  }
  return steps.length === path.steps.length ? path : pathOfSteps(steps)
}

export interface Iteration {
  readonly collapsed: Collapsed
  records(root: unknown): readonly unknown[]
}

/** Goes over the matches of a path. A last step that finds a list goes over it, as if `[*]` stood after it. */
export function iterate(path: JsonPath, outer: Collapsed): Iteration {
  const names: string[] = []
  const collapsed = new Set(outer)
  for (const step of path.outline ?? []) {
    if ('name' in step) names.push(step.name)
    else collapsed.add(nameOf(names))
  }
  const last = path.steps?.at(-1)
  const spreadsLast = last !== undefined && 'name' in last
  if (spreadsLast) collapsed.add(nameOf(names))
  return {
    collapsed,
    records: (root) => path.locate(root).flatMap((place) => collapse(root, place, spreadsLast, 0)),
  }
}

function collapse(value: unknown, place: readonly (string | number)[], spreadsLast: boolean, at: number): unknown[] {
  if (at === place.length) return spreadsLast && Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
  const step = place[at] as string | number
  if (Array.isArray(value)) return collapse(value.at(Number(step)), place, spreadsLast, at + 1)
  const object = value as Record<string, unknown>
  return collapse(object[step], place, spreadsLast, at + 1).map((below) => ({ ...object, [step]: below }))
}
