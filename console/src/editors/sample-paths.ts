/** The fields that are found in sample records, as paths: what is offered wherever a field of the record is named. */

interface Found {
  /** `customer.city`, `lines[*].sku`. */
  readonly path: string
  readonly example: unknown
}

/** Levels and fields that are looked at: more than people pick from a list. */
const deepest = 8
const most = 1000

export function listFields(records: readonly unknown[]): readonly Found[] {
  const found = new Map<string, unknown>()
  const take = (path: string, value: unknown): void => {
    if (path !== '' && (found.get(path) ?? '') === '' && found.size < most) found.set(path, value)
  }
  const walk = (value: unknown, path: string, depth: number): void => {
    if (depth > deepest) return
    if (Array.isArray(value)) {
      take(`${path}[*]`, value[0])
      // A grouped record is a list of rows.
      for (const entry of value.slice(0, 20) as unknown[]) if (typeof entry === 'object') walk(entry, `${path}[*]`, depth + 1)
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, each] of Object.entries(value)) {
        const below = path === '' ? quoted(name, true) : `${path}${quoted(name, false)}`
        take(below, each)
        walk(each, below, depth + 1)
      }
    }
  }
  for (const record of records.slice(0, 20)) walk(record, '', 0)
  return [...found].map(([path, example]) => ({ path, example }))
}

/** A field of a record, after what stands for the record. */
export const pathTo = (name: string): string => quoted(name, false)

const plainName = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u
const quoted = (name: string, isFirst: boolean): string =>
  plainName.test(name) ? `${isFirst ? '' : '.'}${name}` : `['${name.replaceAll("'", String.raw`\'`)}']`

/** As mappings write them: from the root, and within a list whose entries are gone through without its places. */
export function listMappingPaths(records: readonly unknown[], within: readonly string[]): readonly string[] {
  const collapsed = within.map((path) => path.replace(/^\$\.?/, '')).filter((path) => path.endsWith('[*]'))
  return listFields(records).map(({ path }) => {
    const inner = collapsed.find((list) => path.startsWith(`${list}.`))
    const text = inner === undefined ? path : `${inner.slice(0, -3)}${path.slice(inner.length)}`
    return text.startsWith('[') ? `$${text}` : `$.${text}`
  })
}
