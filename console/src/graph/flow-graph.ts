/** A flow as a graph: what its nodes and edges are, and where they stand. Sources left, steps right, branches below each other. */
import { graphlib, layout } from '@dagrejs/dagre'
import type { CallResult } from '../api/client.ts'

type Flow = Pick<CallResult<'getFlow'>, 'pageGenerators' | 'pageProcessors' | 'routers'>
type Processor = NonNullable<Flow['pageProcessors']>[number]

export interface GraphNode {
  readonly id: string
  readonly kind: 'source' | 'lookup' | 'import' | 'router' | 'end'
  /** The export or import of a step. */
  readonly stepId?: string
  readonly title?: string
}
interface GraphEdge {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly label?: string
}
export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}
export interface Placed {
  readonly x: number
  readonly y: number
}

/** Pixels. */
const nodeSize = { width: 236, height: 84 }
const routerSize = { width: 150, height: 48 }
export const sizeOf = ({ kind }: GraphNode): { width: number; height: number } =>
  kind === 'router' || kind === 'end' ? routerSize : nodeSize

const endId = 'end'

export function graphOf({ pageGenerators = [], pageProcessors = [], routers = [] }: Flow): Graph {
  const nodes: GraphNode[] = []
  const edges: GraphEdge[] = []
  const link = (from: string, to: string, label?: string) =>
    void edges.push({ id: `${from}>${to}>${edges.length}`, from, to, ...(label && { label }) })
  const sources = pageGenerators.map(({ _exportId }, i): GraphNode => ({ id: `source-${i}`, kind: 'source', stepId: _exportId }))
  nodes.push(...sources)
  /** Adds the steps one after the other, and answers the last one. */
  const chain = (steps: readonly Processor[], froms: readonly string[], prefix: string, label?: string): readonly string[] => {
    let before = froms
    for (const [i, step] of steps.entries()) {
      const id = `${prefix}-${i}`
      const stepId = step.type === 'export' ? step._exportId : step._importId
      nodes.push({ id, kind: step.type === 'export' ? 'lookup' : 'import', ...(stepId && { stepId }) })
      for (const from of before) link(from, id, i === 0 ? label : undefined)
      before = [id]
    }
    return before
  }
  const begin = sources.map(({ id }) => id)
  if (routers.length === 0) chain(pageProcessors, begin, 'step')
  else addRouters(routers, begin, { nodes, link, chain })
  return { nodes, edges }
}

interface Building {
  readonly nodes: GraphNode[]
  readonly link: (from: string, to: string, label?: string) => void
  readonly chain: (steps: readonly Processor[], froms: readonly string[], prefix: string, label?: string) => readonly string[]
}

function addRouters(routers: NonNullable<Flow['routers']>, begin: readonly string[], { nodes, link, chain }: Building): void {
  const idOf = (id: string | undefined): string | undefined => {
    const index = routers.findIndex((router) => router.id !== undefined && router.id === id)
    return index === -1 ? undefined : `router-${index}`
  }
  for (const [r, { name }] of routers.entries()) nodes.push({ id: `router-${r}`, kind: 'router', ...(name && { title: name }) })
  for (const from of begin) link(from, 'router-0')
  for (const [r, router] of routers.entries()) {
    for (const [b, { name, pageProcessors = [], nextRouterId }] of router.branches.entries()) {
      const here = [`router-${r}`]
      const last = chain(pageProcessors, here, `router-${r}-${b}`, name)
      const next = idOf(nextRouterId ?? router.nextRouterId)
      const isEmpty = pageProcessors.length === 0
      if (next) for (const from of last) link(from, next, isEmpty ? name : undefined)
      else if (isEmpty) endHere(nodes, link, here[0] as string, `${endId}-${r}-${b}`, name)
    }
  }
}

/** A branch without steps: records end there. */
function endHere(nodes: GraphNode[], link: Building['link'], from: string, id: string, name: string): void {
  nodes.push({ id, kind: 'end' })
  link(from, id, name)
}

export function place({ nodes, edges }: Graph): ReadonlyMap<string, Placed> {
  const graph = new graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 24, ranksep: 72, marginx: 8, marginy: 8 })
  for (const node of nodes) graph.setNode(node.id, { ...sizeOf(node) })
  for (const { id, from, to } of edges) graph.setEdge(from, to, {}, id)
  layout(graph)
  return new Map(
    nodes.map((node) => {
      const { x, y } = graph.node(node.id) as Placed
      const { width, height } = sizeOf(node)
      return [node.id, { x: x - width / 2, y: y - height / 2 }]
    }),
  )
}
