/** What a test tells of a step: its counts, its stages and its errors. */
import type { TestedStep } from '../../domain/ports/applications.ts'
import type { PageResult } from '../plan/plan.ts'
import type { RecordedStep } from '../recording/recorder.ts'
import { noCounts } from '../run/page-result.ts'
import type { TestNotes } from './test-notes.ts'

type Told = Omit<TestedStep, '_id' | 'type' | '_flowId' | '_flowJobId' | 'oIndex'>

export function tellStep(step: RecordedStep, notes: TestNotes, { counts, errors }: Pick<PageResult, 'counts' | 'errors'>): Told {
  const own = errors.filter(({ stepId }) => stepId === step.stepId)
  return { ...(counts.get(step.stepId) ?? noCounts), ...notes.stagesOf(step), errors: own.map(tellError) }
}

const tellError = ({ source, code, message, traceKey, oIndex, classification }: PageResult['errors'][number]) => ({
  source,
  code,
  message,
  ...(traceKey !== undefined && { traceKey }),
  ...(oIndex !== undefined && { oIndex }),
  ...(classification !== undefined && { classification }),
})
