/** Where the rows of a file stand in the rules of its definition: what may follow, what is missing, and why a row is not expected. */
import type { FaultPlace } from './acknowledgement/received.ts'
import type { Node, RowNode, Structure } from './definition.ts'
import { isRowOf, type Row } from './read-row.ts'

export type Fields = Record<string, unknown>

/** One level of the rules that a row may go on in. */
export interface Frame {
  readonly nodes: readonly Node[]
  readonly close: RowNode | undefined
  readonly target: Fields
  /** Names of the containers around it. */
  readonly path: readonly string[]
  /** What a container's item becomes once the frame is left. */
  readonly done: (() => void) | undefined
  readonly head: RowNode | undefined
  /** The row that it began with. */
  readonly began: number
  at: number
  counts: number[]
}

export function createFrame(
  nodes: readonly Node[],
  close: RowNode | undefined,
  target: Fields,
  path: readonly string[],
  done: Frame['done'],
  head: RowNode | undefined,
  began: number,
): Frame {
  return { nodes, close, target, path, done, head, began, at: 0, counts: nodes.map(() => 0) }
}

/** A container begins with the first of its rules. */
export function starts(structure: Structure, node: Node, row: Row, takesAny: boolean): boolean {
  if (node.kind === 'row') return node.identifier === undefined ? takesAny : isRowOf(node, row, structure)
  const [first] = node.children
  return first !== undefined && starts(structure, first, row, takesAny)
}

export function findPlace(structure: Structure, { nodes, at, counts }: Frame, row: Row, takesAny: boolean): number | undefined {
  for (let place = at; place < nodes.length; place++) {
    const node = nodes[place] as Node
    if ((counts[place] ?? 0) < node.most && starts(structure, node, row, takesAny)) return place
  }
  return undefined
}

/** What may follow, in words. */
export function describeExpected({ nodes: rules, standard }: Structure, stack: readonly Frame[]): string {
  const names = new Set<string>()
  for (const { nodes, at, counts, close } of stack.toReversed()) {
    for (let place = at; place < nodes.length; place++) {
      const node = nodes[place] as Node
      if ((counts[place] ?? 0) < node.most) names.add(describeNode(node))
    }
    if (close) names.add(describeNode(close))
  }
  const [again] = rules
  if (again && !standard) names.add(describeNode(again))
  const few = [...names].slice(0, 8)
  return few.join(', ') + (names.size > few.length ? ' and others' : '')
}

/** A row that its definition does not have at all, that has come as often as it may, or that comes at another place. */
export function whyUnexpected(structure: Structure, stack: readonly Frame[], row: Row): 'unknown' | 'too_often' | 'unexpected' {
  if (!structure.rows.some((node) => isRowOf(node, row, structure))) return 'unknown'
  const isFull = stack.some(({ nodes, at, counts }) => {
    const node = nodes[at]
    return node !== undefined && starts(structure, node, row, false) && (counts[at] ?? 0) >= node.most
  })
  return isFull ? 'too_often' : 'unexpected'
}

/** A container is told by the row that it begins with. */
export function placeOfMissing(node: Node): FaultPlace {
  if (node.kind === 'row') return { kind: 'missing', segment: node.identifier ?? '' }
  const [first] = node.children
  return first ? placeOfMissing(first) : { kind: 'other' }
}

export const describeNode = (node: Node): string =>
  node.kind === 'container' ? node.name : (node.identifier ?? node.elements[0]?.name ?? 'a row')

export function isContainerPath(nodes: readonly Node[], [name, ...rest]: readonly string[]): boolean {
  return nodes.some((node) => {
    if (node.kind === 'row') return isContainerPath(node.children, [name ?? '', ...rest])
    return node.name === name && (rest.length === 0 || isContainerPath(node.children, rest))
  })
}
