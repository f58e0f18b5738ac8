/** Where the page generators of a run stand, as it is kept with the run. */
import type { Cursor } from '../adaptor.ts'

/** Where one generator goes on. */
export type Place = 'beginning' | 'done' | { readonly cursor: Cursor }

/** The generator that the run is at and where that one goes on; those before it are done, those after it have not begun. */
interface InTurn {
  readonly generator: number
  readonly cursor?: Cursor
}
/** Where several are on their way. */
interface Side {
  readonly each: readonly Place[]
}

export function readPlaces(checkpoint: unknown, count: number): Place[] {
  const kept = (checkpoint as InTurn | Side | undefined) ?? { generator: 0 }
  if ('each' in kept) return Array.from({ length: count }, (_, i) => kept.each[i] ?? 'beginning')
  const { generator, cursor } = kept
  return Array.from({ length: count }, (_, i) => {
    if (i === generator && cursor) return { cursor }
    return i < generator ? 'done' : 'beginning'
  })
}

export function writePlaces(places: readonly Place[]): InTurn | Side {
  const at = places.findIndex((place) => place !== 'done')
  if (at < 0) return { generator: places.length }
  if (places.slice(at + 1).some((place) => place !== 'beginning')) return { each: [...places] }
  const place = places[at]
  return typeof place === 'object' ? { generator: at, cursor: place.cursor } : { generator: at }
}
