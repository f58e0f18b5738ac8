/** A flow as a graph: what its nodes and edges are, which place of the flow each stands for, and where they are drawn. Sources left, steps right, branches below each other. */
import { graphlib, layout } from '@dagrejs/dagre'
import { leadsOn, type Flow as WholeFlow, type Place, type Processor, type StepList } from '../builder/flow-edits.ts'

type Flow = Pick<WholeFlow, 'pageGenerators' | 'pageProcessors' | 'routers'>

export interface GraphNode {
  readonly id: string
  readonly kind: 'source' | 'lookup' | 'import' | 'router' | 'end' | 'add' | 'add-source'
  /** The export or import of a step. */
  readonly stepId?: string
  readonly title?: string
  /** Of a step where it stands; of `add` where the next one would. */
  readonly place?: Place
  /** Of a router its position in the flow. */
  readonly router?: number
  /** Of `add` the node that it follows. */
  readonly after?: string
  /** How many steps are in the same list. */
  readonly siblings?: number
}
interface GraphEdge {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly label?: string
  /** Where a step would stand that is put on this edge; absent where another edge has that place. */
  readonly place?: Place
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
const addSize = { width: 132, height: 40 }
export function sizeOf({ kind }: GraphNode): { width: number; height: number } {
  if (kind === 'add' || kind === 'add-source') return addSize
  return kind === 'router' || kind === 'end' ? routerSize : nodeSize
}

/** The node of a place: pages are addressed by it. */
export function nodeIdOf({ list, index }: Place): string {
  if (list.of === 'sources') return `source-${index}`
  return list.of === 'steps' ? `step-${index}` : `router-${list.router}-${list.branch}-${index}`
}
export const routerNodeId = (router: number): string => `router-${router}`

interface Building {
  readonly nodes: GraphNode[]
  readonly edges: GraphEdge[]
  /** Whether there are nodes and places for what may be added. */
  readonly isEdited: boolean
}

export function graphOf(flow: Flow, isEdited = false): Graph {
  const { pageGenerators = [], pageProcessors = [], routers = [] } = flow
  const building: Building = { nodes: [], edges: [], isEdited }
  const siblings = pageGenerators.length
  const sources = pageGenerators.map(({ _exportId }, index): GraphNode => {
    const place: Place = { list: { of: 'sources' }, index }
    return { id: nodeIdOf(place), kind: 'source', stepId: _exportId, place, siblings }
  })
  building.nodes.push(...sources)
  if (isEdited) building.nodes.push({ id: 'add-source', kind: 'add-source' })
  const begin = sources.map(({ id }) => id)
  if (routers.length > 0) addRouters(routers, begin, building)
  else {
    const { last } = chain({ of: 'steps' }, pageProcessors, begin, building)
    if (isEdited && (begin.length > 0 || pageProcessors.length > 0)) addEnd({ of: 'steps' }, pageProcessors.length, last, building)
  }
  return building
}

function link(
  { edges, isEdited }: Building,
  froms: readonly string[],
  to: string,
  label: string | undefined,
  place: Place | undefined,
): void {
  for (const [i, from] of froms.entries())
    edges.push({ id: `${from}>${to}>${edges.length}`, from, to, ...(label && { label }), ...(isEdited && i === 0 && place && { place }) })
}

/** Adds the steps one after the other, and answers the last one. */
function chain(
  list: StepList,
  steps: readonly Processor[],
  froms: readonly string[],
  building: Building,
  label?: string,
): { readonly last: readonly string[] } {
  let before = froms
  for (const [index, step] of steps.entries()) {
    const place: Place = { list, index }
    const id = nodeIdOf(place)
    const stepId = step.type === 'export' ? step._exportId : step._importId
    building.nodes.push({
      id,
      kind: step.type === 'export' ? 'lookup' : 'import',
      ...(stepId && { stepId }),
      place,
      siblings: steps.length,
    })
    link(building, before, id, index === 0 ? label : undefined, place)
    before = [id]
  }
  return { last: before }
}

/** Where the last step of a list is followed by nothing yet. */
function addEnd(list: StepList, index: number, froms: readonly string[], building: Building, label?: string): void {
  const place: Place = { list, index }
  const id = `add-${nodeIdOf(place)}`
  const [after] = froms
  building.nodes.push({ id, kind: 'add', place, ...(after !== undefined && { after }) })
  link(building, froms, id, label, undefined)
}

function addRouters(routers: NonNullable<Flow['routers']>, begin: readonly string[], building: Building): void {
  /** The first router of one branch is the way there, and not drawn. */
  const isWay = (r: number): boolean => r === 0 && routers[0] !== undefined && leadsOn(routers[0])
  const indexOf = (id: string | undefined): number | undefined => {
    const index = routers.findIndex((router) => router.id !== undefined && router.id === id)
    return index === -1 ? undefined : index
  }
  for (const [r, { name }] of routers.entries())
    if (!isWay(r)) building.nodes.push({ id: routerNodeId(r), kind: 'router', router: r, ...(name && { title: name }) })
  if (!isWay(0)) link(building, begin, routerNodeId(0), undefined, { list: { of: 'steps' }, index: 0 })
  for (const [r, router] of routers.entries()) {
    for (const [b, { name, pageProcessors = [], nextRouterId }] of router.branches.entries()) {
      const list: StepList = { of: 'branch', router: r, branch: b }
      const label = isWay(r) ? undefined : name
      const here = isWay(r) ? begin : [routerNodeId(r)]
      const { last } = chain(list, pageProcessors, here, building, label)
      const next = indexOf(nextRouterId ?? router.nextRouterId)
      const isEmpty = pageProcessors.length === 0
      const endLabel = isEmpty ? label : undefined
      if (next !== undefined) link(building, last, routerNodeId(next), endLabel, { list, index: pageProcessors.length })
      else if (building.isEdited) addEnd(list, pageProcessors.length, last, building, endLabel)
      else if (isEmpty && !isWay(r)) endHere(building, here, `end-${r}-${b}`, name)
    }
  }
}

/** A branch without steps: records end there. */
function endHere(building: Building, froms: readonly string[], id: string, name: string): void {
  building.nodes.push({ id, kind: 'end' })
  link(building, froms, id, name, undefined)
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
