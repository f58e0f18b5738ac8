/** Draws a flow: its steps with what they are doing, and the ways between them. */
import { Link } from '@tanstack/react-router'
import { Background, BackgroundVariant, Controls, Handle, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import './flow-canvas.css'
import { useMemo } from 'react'
import { words } from '../words.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { formatShort } from '../parts/time.tsx'
import { graphOf, place, sizeOf, type GraphNode } from './flow-graph.ts'

/** What a node shows of its step. */
export interface StepState {
  readonly name: string
  /** Its document. */
  readonly to: string
  /** Its errors. */
  readonly errorsTo: string
  readonly openErrors: number
  readonly isRunning: boolean
  /** Records of the run that is shown; absent where there is none. */
  readonly run?: { readonly numSuccess: number; readonly numError: number; readonly numIgnore: number; readonly numExport: number }
}

type StepNode = Node<{ readonly node: GraphNode; readonly step: StepState | undefined }, 'step'>

/** Below this everything is too small to read, and one rather scrolls. */
const minZoom = 0.2
const icons: Readonly<Record<GraphNode['kind'], IconName>> = {
  source: 'box',
  lookup: 'search',
  import: 'box',
  router: 'branch',
  end: 'stop',
}

interface FlowCanvasProps {
  readonly flow: Parameters<typeof graphOf>[0]
  readonly steps: ReadonlyMap<string, StepState>
}

export function FlowCanvas({ flow, steps }: FlowCanvasProps) {
  const graph = useMemo(() => graphOf(flow), [flow])
  const places = useMemo(() => place(graph), [graph])
  const nodes = graph.nodes.map((node): StepNode => {
    const size = sizeOf(node)
    return {
      id: node.id,
      type: 'step',
      position: places.get(node.id) ?? { x: 0, y: 0 },
      ...size,
      data: { node, step: node.stepId === undefined ? undefined : steps.get(node.stepId) },
    }
  })
  const running = new Set(graph.nodes.filter(({ stepId }) => stepId !== undefined && steps.get(stepId)?.isRunning).map(({ id }) => id))
  const edges = graph.edges.map(({ id, from, to, label }): Edge => ({
    id,
    source: from,
    target: to,
    ...(label && { label }),
    animated: running.has(to),
    focusable: false,
  }))
  return (
    <div className="canvas" role="region" aria-label={words.flow.graph}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.08 }}
        minZoom={minZoom}
        maxZoom={1.5}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        onlyRenderVisibleElements={nodes.length > 100}
        zoomOnScroll={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
        <Controls showInteractive={false} aria-label={words.flow.zoom} />
      </ReactFlow>
    </div>
  )
}

function StepView({ data: { node, step } }: NodeProps<StepNode>) {
  return (
    <>
      {node.kind !== 'source' && <Handle type="target" position={Position.Left} />}
      {node.kind === 'router' || node.kind === 'end' ? (
        <div className="node-router">
          <Icon name={icons[node.kind]} />
          <span>{node.title ?? (node.kind === 'end' ? words.flow.end : words.flow.router)}</span>
        </div>
      ) : (
        <StepCard node={node} step={step} />
      )}
      {node.kind !== 'end' && <Handle type="source" position={Position.Right} />}
    </>
  )
}

const nodeTypes = { step: StepView }

function StepCard({ node: { kind, stepId }, step }: { readonly node: GraphNode; readonly step: StepState | undefined }) {
  if (!step) return <div className="node-card missing">{words.flow.missing(stepId ?? '')}</div>
  const { name, to, errorsTo, openErrors, run, isRunning } = step
  return (
    <div className={`node-card ${openErrors > 0 ? 'failing' : ''} ${isRunning ? 'running' : ''}`}>
      <div className="node-kind">
        <Icon name={icons[kind]} size={13} />
        {words.flow.kinds[kind]}
        {openErrors > 0 && (
          <Link to={errorsTo} className="node-errors nodrag nopan" title={words.flow.openErrors(openErrors)}>
            {words.home.errors(openErrors)}
          </Link>
        )}
      </div>
      <Link to={to} className="node-name nodrag nopan" title={name}>
        {name}
      </Link>
      <div className="node-counts">
        {run ? (
          <>
            <span title={words.flow.success}>
              <Icon name="check" size={12} /> {formatShort(kind === 'source' ? run.numExport : run.numSuccess)}
            </span>
            <span title={words.flow.ignored}>
              {formatShort(run.numIgnore)} {words.flow.ignoredShort}
            </span>
            <span title={words.flow.failed} className={run.numError > 0 ? 'error-count' : ''}>
              {formatShort(run.numError)} {words.flow.failedShort}
            </span>
          </>
        ) : (
          <span>{words.flow.notRun}</span>
        )}
      </div>
    </div>
  )
}
