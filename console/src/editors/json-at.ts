/** Parts of a JSON value by their paths, and the same value with one of them changed. Nothing is changed in place. */
export type Path = readonly (string | number)[]

type Fields = Readonly<Record<string, unknown>>

export function readAt(value: unknown, path: Path): unknown {
  let found = value
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<string | number, unknown>)[name]
  }
  return found
}

/** Undefined takes the part away. */
export function writeAt<T>(value: T, path: Path, part: unknown): T {
  const [name, ...rest] = path
  if (name === undefined) return part as T
  if (typeof name === 'number') {
    const list = Array.isArray(value) ? [...(value as unknown[])] : []
    if (rest.length === 0 && part === undefined) list.splice(name, 1)
    else list[name] = writeAt(list[name], rest, part)
    return list as T
  }
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Fields
  const next = writeAt(fields[name], rest, part)
  if (next !== undefined) return { ...fields, [name]: next } as T
  const { [name]: _gone, ...others } = fields
  return others as T
}

export function insertAt<T>(value: T, list: Path, place: number, part: unknown): T {
  const before = readAt(value, list)
  const next = Array.isArray(before) ? [...(before as unknown[])] : []
  next.splice(place, 0, part)
  return writeAt(value, list, next)
}

export const placeOf = (path: Path): { readonly list: Path; readonly place: number } => ({
  list: path.slice(0, -1),
  place: Number(path.at(-1)),
})

const isWithin = (path: Path, outer: Path): boolean => outer.every((name, i) => path[i] === name)

/** Where what lies at a path is once something was put into a list. */
export function pathAfterInsert(path: Path, list: Path, place: number): Path {
  const at = path[list.length]
  return isWithin(path, list) && typeof at === 'number' && at >= place ? path.with(list.length, at + 1) : path
}

/** The same once something was taken out; undefined of what went with it. */
export function pathAfterRemove(path: Path, removed: Path): Path | undefined {
  if (isWithin(path, removed)) return undefined
  const { list, place } = placeOf(removed)
  const at = path[list.length]
  return isWithin(path, list) && typeof at === 'number' && at > place ? path.with(list.length, at - 1) : path
}

/** The same once `moveBefore` has moved something. */
export function pathAfterMove(path: Path, from: Path, to: Path): Path {
  const target = pathAfterRemove(to, from)
  if (!target) return path
  const left = pathAfterRemove(path, from)
  if (!left) return [...target, ...path.slice(from.length)]
  const { list, place } = placeOf(target)
  return pathAfterInsert(left, list, place)
}

/** Takes what lies at `from` out and puts it in before what stands at `to`. Nothing is put into itself. */
export function moveBefore<T>(value: T, from: Path, to: Path): T {
  // What stood after it in its list moves up by one.
  const target = pathAfterRemove(to, from)
  if (!target) return value
  const { list, place } = placeOf(target)
  return insertAt(writeAt(value, from, undefined), list, place, readAt(value, from))
}
