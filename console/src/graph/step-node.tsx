/** A node of a flow: a step with what it is doing, a router, an end, or where something can be added. */
import { Link } from '@tanstack/react-router'
import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo, use, type ReactNode } from 'react'
import { words } from '../words.ts'
import { flowWords } from '../words/flows.ts'
import { builderWords } from '../words/builder.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { MoreMenu, type MenuItem } from '../parts/menu.tsx'
import { formatShort } from '../parts/time.tsx'
import { AddMenu } from './add-menu.tsx'
import { CanvasEditingContext, type CanvasEditing } from './canvas-editing.ts'
import type { GraphNode } from './flow-graph.ts'

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
  /** It is not stored yet. */
  readonly isNew?: true
}

export type StepNode = Node<
  { readonly node: GraphNode; readonly step: StepState | undefined; readonly isSelected: boolean; readonly after: string },
  'step'
>

const icons: Readonly<Record<'source' | 'lookup' | 'import' | 'router' | 'end', IconName>> = {
  source: 'box',
  lookup: 'search',
  import: 'box',
  router: 'branch',
  end: 'stop',
}

/** Whether records come to the node, and whether they go on from it. */
export const hasTarget = ({ kind }: GraphNode): boolean => kind !== 'source' && kind !== 'add-source'
export const hasSource = ({ kind }: GraphNode): boolean => !['end', 'add', 'add-source'].includes(kind)

export const StepView = memo(({ data: { node, step, isSelected, after } }: NodeProps<StepNode>) => (
  <>
    {hasTarget(node) && <Handle type="target" position={Position.Left} />}
    <NodeContent {...{ node, step, isSelected, after }} />
    {hasSource(node) && <Handle type="source" position={Position.Right} />}
  </>
))

interface NodeContentProps {
  readonly node: GraphNode
  readonly step: StepState | undefined
  readonly isSelected: boolean
}

function NodeContent({ node, step, isSelected, after }: NodeContentProps & { readonly after: string }) {
  const editing = use(CanvasEditingContext)
  const { kind, title, id } = node
  if (kind === 'add') return node.place && <AddMenu place={node.place} after={after} text={builderWords.canvas.addStep} />
  if (kind === 'add-source')
    return (
      <button type="button" className="button plus-step nodrag nopan" onClick={() => editing?.onAdd('source', undefined)}>
        <Icon name="plus" />
        {builderWords.canvas.addSource}
      </button>
    )
  if (kind === 'router' || kind === 'end') {
    const text = title ?? (kind === 'end' ? flowWords.end : flowWords.router)
    return (
      <div className={isSelected ? 'node-router selected' : 'node-router'}>
        <Icon name={icons[kind]} />
        {editing && kind === 'router' ? <SelectLink id={id}>{text}</SelectLink> : <span>{text}</span>}
      </div>
    )
  }
  return <StepCard node={node} kind={kind} step={step} isSelected={isSelected} editing={editing} />
}

/** Opens the panel of a node. Which one is open is said by the address. */
const SelectLink = ({
  id,
  className = '',
  children,
}: {
  readonly id: string
  readonly className?: string
  readonly children: ReactNode
}) => (
  <Link
    to="."
    replace
    resetScroll={false}
    search={((before: object) => ({ ...before, at: id })) as never}
    className={`${className} nodrag nopan`}
    activeProps={{ className: `${className} nodrag nopan` }}
  >
    {children}
  </Link>
)

interface StepCardProps extends NodeContentProps {
  readonly kind: 'source' | 'lookup' | 'import'
  readonly editing: CanvasEditing | undefined
}

function StepCard({ node, kind, step, isSelected, editing }: StepCardProps) {
  const { stepId = '', id } = node
  const classes = ['node-card', isSelected && 'selected', editing && (node.siblings ?? 0) > 1 && 'drags'].filter(Boolean).join(' ')
  if (!step)
    return (
      <div className={`${classes} missing`}>
        {editing ? <SelectLink id={id}>{flowWords.missing(stepId)}</SelectLink> : flowWords.missing(stepId)}
        {editing && <StepActs node={node} name={stepId} editing={editing} />}
      </div>
    )
  const { name, to, errorsTo, openErrors, isRunning } = step
  return (
    <div className={`${classes} ${openErrors > 0 ? 'failing' : ''} ${isRunning ? 'running' : ''}`}>
      <div className="node-kind">
        <Icon name={icons[kind]} size={13} />
        {flowWords.kinds[kind]}
        {openErrors > 0 && (
          <Link to={errorsTo} className="node-errors nodrag nopan" title={flowWords.openErrors(openErrors)}>
            {words.home.errors(openErrors)}
          </Link>
        )}
        {editing && <StepActs node={node} name={name} editing={editing} />}
      </div>
      {editing ? (
        <SelectLink id={id} className="node-name">
          {name}
        </SelectLink>
      ) : (
        <Link to={to} className="node-name nodrag nopan" title={name}>
          {name}
        </Link>
      )}
      <StepCounts kind={kind} step={step} />
    </div>
  )
}

function StepCounts({ kind, step: { run, isNew } }: { readonly kind: StepCardProps['kind']; readonly step: StepState }) {
  return (
    <div className="node-counts">
      {run ? (
        <>
          <span title={flowWords.success}>
            <Icon name="check" size={12} /> {formatShort(kind === 'source' ? run.numExport : run.numSuccess)}
          </span>
          <span title={flowWords.ignored}>
            {formatShort(run.numIgnore)} {flowWords.ignoredShort}
          </span>
          <span title={flowWords.failed} className={run.numError > 0 ? 'error-count' : ''}>
            {formatShort(run.numError)} {flowWords.failedShort}
          </span>
        </>
      ) : (
        <span>{isNew ? builderWords.edits.unsaved : flowWords.notRun}</span>
      )}
    </div>
  )
}

/** The same by the keyboard that dragging does, and taking a step away. */
function StepActs({ node, name, editing }: { readonly node: GraphNode; readonly name: string; readonly editing: CanvasEditing }) {
  const { place, siblings = 0 } = node
  if (!place) return null
  const { index } = place
  const items: readonly MenuItem[] = [
    ...(index > 0 ? [{ label: builderWords.canvas.earlier, onSelect: () => editing.onMove(place, index - 1) }] : []),
    ...(index < siblings - 1 ? [{ label: builderWords.canvas.later, onSelect: () => editing.onMove(place, index + 1) }] : []),
    { label: builderWords.canvas.remove, icon: 'bin', danger: true, onSelect: () => editing.onRemove(place) },
  ]
  return (
    <span className="node-acts nodrag nopan">
      <MoreMenu label={builderWords.canvas.acts(name)} items={items} />
    </span>
  )
}
