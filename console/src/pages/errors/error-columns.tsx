/** The columns of a list of errors: as many as there is room for. */
import type { StepError } from '../../api/step-errors.ts'
import { errorWords } from '../../words/errors.ts'
import { Badge } from '../../parts/status.tsx'
import type { Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'

export interface Shape {
  readonly isResolved: boolean
  /** Pixels that the list is wide. */
  readonly room: number
  readonly hasTags: boolean
  readonly hasPeople: boolean
  /** The list has errors of more than one flow, or step. */
  readonly hasFlows: boolean
  readonly hasSteps: boolean
  readonly nameOfTag: (tagId: string) => string
  readonly nameOfFlow: (flowId: string) => string | undefined
  readonly nameOfStep: (stepId: string) => string | undefined
}

export function columnsOf(shape: Shape, open: (error: StepError) => void): readonly Column<StepError>[] {
  return [
    {
      id: 'message',
      heading: errorWords.message,
      cell: (error) => (
        <button type="button" className="cell-button" title={error.message.slice(0, 2000)} onClick={() => open(error)}>
          {error.message.slice(0, 400)}
        </button>
      ),
    },
    ...whatFits(whatItIs(shape), shape.room - kept),
    {
      id: 'when',
      heading: errorWords.when,
      width: '110px',
      sorts: !shape.isResolved,
      cell: ({ occurredAt, resolvedAt }) => <Time at={resolvedAt ?? occurredAt} />,
    },
  ]
}

/** For the box to choose by, the message and the time. Pixels. */
const kept = 40 + 300 + 110

/** Which columns are left out last. */
const importance = ['flow', 'step', 'code', 'who', 'tags', 'classification', 'trace', 'source']

/** Columns in their order, as many as there is room for. */
function whatFits(columns: readonly Column<StepError>[], room: number): readonly Column<StepError>[] {
  let left = room
  const shown = new Set<string>()
  for (const { id, width = '0' } of columns.toSorted((a, b) => importance.indexOf(a.id) - importance.indexOf(b.id))) {
    left -= Number.parseInt(width)
    if (left < 0) break
    shown.add(id)
  }
  return columns.filter(({ id }) => shown.has(id))
}

function whatItIs({ isResolved, hasTags, hasPeople, hasFlows, hasSteps, ...names }: Shape): readonly Column<StepError>[] {
  const all: readonly (Column<StepError> | false)[] = [
    hasFlows && {
      id: 'flow',
      heading: errorWords.flow,
      width: '150px',
      cell: ({ _flowId }) => <span title={names.nameOfFlow(_flowId)}>{names.nameOfFlow(_flowId) ?? _flowId}</span>,
    },
    hasSteps && {
      id: 'step',
      heading: errorWords.step,
      width: '150px',
      cell: ({ _stepId }) => <span title={names.nameOfStep(_stepId)}>{names.nameOfStep(_stepId) ?? _stepId}</span>,
    },
    { id: 'code', heading: errorWords.code, width: '80px', cell: ({ code }) => <code title={code}>{code}</code> },
    { id: 'source', heading: errorWords.source, width: '104px', cell: ({ source }) => <span className="soft">{source}</span> },
    {
      id: 'classification',
      heading: errorWords.classification,
      width: '112px',
      cell: ({ classification }) => classification && <Badge>{classification.replaceAll('_', ' ')}</Badge>,
    },
    { id: 'trace', heading: errorWords.traceKey, width: '124px', cell: ({ traceKey }) => <code title={traceKey}>{traceKey}</code> },
    hasPeople && {
      id: 'who',
      heading: isResolved ? errorWords.resolvedBy : errorWords.assignedTo,
      width: '140px',
      cell: ({ assignedTo, resolvedBy }) => (
        <span title={assignedTo?.email}>{isResolved ? resolvedBy : assignedTo?.name || assignedTo?.email}</span>
      ),
    },
    hasTags && {
      id: 'tags',
      heading: errorWords.tags,
      width: '128px',
      cell: ({ tagIds = [] }) => tagIds.map((id) => <Badge key={id}>{names.nameOfTag(id)}</Badge>),
    },
  ]
  return all.filter((column) => column !== false)
}
