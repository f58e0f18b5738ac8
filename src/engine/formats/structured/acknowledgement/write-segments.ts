/** Segments of EDI with the separators of the interchange that they answer. Their elements stand as they are written: what came with release characters has them still. */
import type { Separators } from '../standard.ts'

export type Segment = readonly string[]

export const writeSegments = (segments: readonly Segment[], { column }: Separators, end: string): string =>
  segments.map((segment) => withoutEmptyEnd(segment).join(column) + end).join('')

function withoutEmptyEnd(elements: Segment): Segment {
  let end = elements.length
  while (end > 1 && elements[end - 1] === '') end--
  return elements.slice(0, end)
}
