/** An edge of a flow that is edited: what it is called, and a button that puts a step on it. */
import { BaseEdge, EdgeLabelRenderer, getBezierPath, type Edge, type EdgeProps } from '@xyflow/react'
import type { Place } from '../builder/flow-edits.ts'
import { AddMenu } from './add-menu.tsx'

type AddableEdge = Edge<{ readonly place: Place; readonly after: string }, 'add'>

/** Beside the button, not below it. Pixels. */
const labelAbove = 22

export function AddEdge({ id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, label, data }: EdgeProps<AddableEdge>) {
  const [path, x, y] = getBezierPath({ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition })
  return (
    <>
      <BaseEdge id={id} path={path} />
      <EdgeLabelRenderer>
        {label && (
          <span className="edge-name" style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y - labelAbove}px)` }}>
            {label}
          </span>
        )}
        {data && (
          <span className="edge-add nodrag nopan" style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
            <AddMenu place={data.place} after={data.after} />
          </span>
        )}
      </EdgeLabelRenderer>
    </>
  )
}
