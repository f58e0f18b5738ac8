/** Where in a mapping a difference lies: paths such as `mappings[generate=total].extract`, read as rows of destinations. */

/** What identifies an item of a mapping: the field that it writes. */
const ofRow = /^generate=(.*)$/s

interface Segment {
  readonly text: string
  /** What stands in brackets identifies an item; all else is the name of a field. */
  readonly isSelector: boolean
}

/** Names with dots between them, and what identifies items of lists in brackets; quoted as JSON where it holds such signs itself. */
function splitPath(path: string): readonly Segment[] {
  const found: Segment[] = []
  const segment = /\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|([^.[\]]+)/gy
  for (let at = 0; at < path.length;) {
    if (path[at] === '.') at++
    segment.lastIndex = at
    const [whole, quoted, selector, name] = segment.exec(path) ?? []
    if (whole === undefined) return [...found, { text: path.slice(at), isSelector: false }]
    found.push(
      name === undefined
        ? { text: quoted === undefined ? (selector ?? '') : (JSON.parse(`"${quoted}"`) as string), isSelector: true }
        : { text: name, isSelector: false },
    )
    at = segment.lastIndex
  }
  return found
}

export interface MappingPlace {
  /** The mapping: `mappings`, `responseMapping`. */
  readonly mapping: string
  /** The field that the row writes: `items.sku`. */
  readonly destination: string
  /** What of the row; empty for the row as a whole. */
  readonly field: string
}

/** Undefined where the path leads to no row of a mapping. */
export function findMappingPlace(path: string): MappingPlace | undefined {
  const segments = splitPath(path)
  const rows = segments.flatMap(({ text, isSelector }, place) => (isSelector && ofRow.test(text) ? [place] : []))
  const [first] = rows
  const last = rows.at(-1)
  if (first === undefined || last === undefined) return undefined
  const join = (some: readonly Segment[]): string => some.map(({ text }) => text).join('.')
  return {
    mapping: join(segments.slice(0, first)).replace(/\.(?:fields|lists)$/, ''),
    destination: rows.map((place) => (segments[place]?.text ?? '').replace(ofRow, '$1')).join('.'),
    field: join(segments.slice(last + 1)),
  }
}
