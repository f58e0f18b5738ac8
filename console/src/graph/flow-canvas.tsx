/** Draws a flow: its steps with what they are doing, the ways between them, and where it is edited what can be added, moved and removed. */
import {
  Background,
  BackgroundVariant,
  Controls,
  Position,
  ReactFlow,
  useNodesState,
  useReactFlow,
  useStore,
  type Edge,
  type NodeHandle,
  type ReactFlowInstance,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import './flow-canvas.css'
import { useEffect, useMemo } from 'react'
import type { Place } from '../builder/flow-edits.ts'
import { formatShort } from '../parts/time.tsx'
import { flowWords } from '../words/flows.ts'
import { AddEdge } from './add-edge.tsx'
import { CanvasEditingContext, type CanvasEditing } from './canvas-editing.ts'
import { graphOf, place, sizeOf, type Graph, type GraphNode } from './flow-graph.ts'
import { hasSource, hasTarget, StepView, type StepNode, type StepState } from './step-node.tsx'

/** Below this everything is too small to recognise. */
const minZoom = 0.2
/** Below this names cannot be read: a larger flow is shown from its beginning. */
const readableZoom = 0.5
/** As many nodes as stand beside each other then. */
const beginning = 5
/** Of larger flows only what is in sight is drawn. Nodes. */
const drawnWhole = 100
/** Smaller flows are brought into sight as a whole when they change. Nodes. */
const fittedAgain = 40
/** The library has its new nodes by then. In milliseconds. */
const fitAfterMs = 60
const fit = { maxZoom: 1, padding: 0.08 } as const

interface FlowCanvasProps {
  readonly flow: Parameters<typeof graphOf>[0]
  readonly steps: ReadonlyMap<string, StepState>
  /** Absent where the flow is only looked at. */
  readonly editing?: CanvasEditing
}

const nodeTypes = { step: StepView }
const edgeTypes = { add: AddEdge }

export function FlowCanvas({ flow, steps, editing }: FlowCanvasProps) {
  const isEdited = editing !== undefined
  const { pageGenerators, pageProcessors, routers } = flow
  const graph = useMemo(
    () =>
      graphOf(
        { ...(pageGenerators && { pageGenerators }), ...(pageProcessors && { pageProcessors }), ...(routers && { routers }) },
        isEdited,
      ),
    [pageGenerators, pageProcessors, routers, isEdited],
  )
  const selected = editing?.selected
  // Laid out anew where the graph changes, and not with what its steps are doing.
  const places = useMemo(() => place(graph), [graph])
  const computed = useMemo(() => nodesOf(graph, places, steps, selected, isEdited), [graph, places, steps, selected, isEdited])
  const [nodes, setNodes, onNodesChange] = useNodesState<StepNode>(computed)
  useEffect(() => setNodes(computed), [computed, setNodes])
  const edges = useMemo(() => edgesOf(graph, steps), [graph, steps])
  const drop = (node: StepNode) => {
    const to = findDrop(graph, places, node)
    if (to) editing?.onMove(to.from, to.index)
    else setNodes(computed)
  }
  return (
    <div className={isEdited ? 'canvas edited' : 'canvas'} role="region" aria-label={flowWords.graph}>
      <CanvasEditingContext value={editing}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          onNodesChange={onNodesChange}
          onInit={(made) => void showWhole(made)}
          onNodeDragStop={(_event, node) => drop(node)}
          minZoom={minZoom}
          maxZoom={1.5}
          nodesDraggable={isEdited}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          onlyRenderVisibleElements={nodes.length > drawnWhole}
          zoomOnScroll={false}
          preventScrolling={false}
          proOptions={{ hideAttribution: true }}
        >
          <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
          <Controls showInteractive={false} aria-label={flowWords.zoom} />
          <FitAgain numNodes={graph.nodes.length} />
        </ReactFlow>
      </CanvasEditingContext>
    </div>
  )
}

/** Where nodes come or go, and where a panel opens and leaves less room: the library says when it knows of that. */
function FitAgain({ numNodes }: { readonly numNodes: number }) {
  const instance = useReactFlow<StepNode>()
  const width = useStore((state) => state.width)
  useEffect(() => {
    if (numNodes > fittedAgain) return
    const timer = setTimeout(() => void showWhole(instance), fitAfterMs)
    return () => clearTimeout(timer)
  }, [numNodes, width, instance])
  return null
}

/** As a whole, or where that is too small to read from where records come in. */
async function showWhole(instance: ReactFlowInstance<StepNode>): Promise<void> {
  await instance.fitView(fit)
  if (instance.getZoom() >= readableZoom) return
  const first = instance.getNodes().toSorted((a, b) => a.position.x - b.position.x)
  await instance.fitView({ ...fit, nodes: first.slice(0, beginning) })
}

type Places = ReturnType<typeof place>

function nodesOf(
  graph: Graph,
  places: Places,
  steps: ReadonlyMap<string, StepState>,
  selected: string | undefined,
  isEdited: boolean,
): StepNode[] {
  const names = nameNodes(graph, steps)
  return graph.nodes.map((node): StepNode => {
    const size = sizeOf(node)
    return {
      id: node.id,
      type: 'step',
      position: places.get(node.id) ?? { x: 0, y: 0 },
      ...size,
      // Known without being drawn, so that what is out of sight never has to be.
      measured: size,
      handles: handlesOf(node),
      // Alone in its list it has nowhere to go.
      draggable: isEdited && node.stepId !== undefined && (node.siblings ?? 0) > 1,
      data: {
        node,
        step: node.stepId === undefined ? undefined : steps.get(node.stepId),
        isSelected: node.id === selected,
        after: names.get(node.after ?? '') ?? '',
      },
    }
  })
}

/** Where edges end and begin: in the middle of the left and of the right side. */
function handlesOf(node: GraphNode): NodeHandle[] {
  const { width, height } = sizeOf(node)
  return [
    ...(hasTarget(node) ? [{ type: 'target' as const, position: Position.Left, x: 0, y: height / 2 }] : []),
    ...(hasSource(node) ? [{ type: 'source' as const, position: Position.Right, x: width, y: height / 2 }] : []),
  ]
}

const nameNodes = (graph: Graph, steps: ReadonlyMap<string, StepState>): ReadonlyMap<string, string> =>
  new Map(
    graph.nodes.map(({ id, stepId = '', title, kind }) => [
      id,
      steps.get(stepId)?.name ?? title ?? (kind === 'router' ? flowWords.router : ''),
    ]),
  )

function edgesOf(graph: Graph, steps: ReadonlyMap<string, StepState>): Edge[] {
  const running = new Set(graph.nodes.filter(({ stepId }) => stepId !== undefined && steps.get(stepId)?.isRunning).map(({ id }) => id))
  const names = nameNodes(graph, steps)
  const runOf = new Map(graph.nodes.map(({ id, stepId = '' }) => [id, steps.get(stepId)?.run]))
  const kindOf = new Map(graph.nodes.map(({ id, kind }) => [id, kind]))
  /** Records of the run that is shown: those that came to a step, or that left the one before a branching. */
  const countAlong = (from: string, to: string): number | undefined => {
    const [before, after] = [runOf.get(from), runOf.get(to)]
    if (after) return after.numSuccess + after.numIgnore + after.numError
    if (!before || kindOf.get(to) === 'add') return undefined
    return kindOf.get(from) === 'source' ? before.numExport : before.numSuccess
  }
  return graph.edges.map(({ id, from, to, label, place: where }): Edge => ({
    id,
    source: from,
    target: to,
    ...labelOf(label, countAlong(from, to)),
    ...(where && { type: 'add', data: { place: where, after: names.get(from) ?? '' } }),
    animated: running.has(to),
    focusable: false,
  }))
}

const labelOf = (name: string | undefined, count: number | undefined): { readonly label?: string } => {
  const label = [name, count !== undefined && formatShort(count)].filter(Boolean).join(' · ')
  return label === '' ? {} : { label }
}

/** Where a step that was dragged comes to stand among those of its list: by their middles. */
function findDrop(
  graph: Graph,
  places: Places,
  { id, position, data }: StepNode,
): { readonly from: Place; readonly index: number } | undefined {
  const own = data.node.place
  if (!own) return undefined
  const isSameList = (other: Place): boolean => JSON.stringify(other.list) === JSON.stringify(own.list)
  const others = graph.nodes.filter(
    (node) => node.id !== id && node.place !== undefined && node.stepId !== undefined && isSameList(node.place),
  )
  // Sources stand below each other, and steps beside each other. It has passed another one once it covers more than half of it.
  const [axis, side] = own.list.of === 'sources' ? (['y', 'height'] as const) : (['x', 'width'] as const)
  const size = sizeOf(data.node)[side]
  const isForwards = position[axis] > (places.get(id)?.[axis] ?? 0)
  const front = position[axis] + (isForwards ? size : 0)
  const index = others.filter((node) => (places.get(node.id)?.[axis] ?? 0) + size / 2 < front).length
  return index === own.index ? undefined : { from: own, index }
}
