/** Makes a step with everything listened to that it is made with, where its run is recorded. */
import type { Adaptors } from '../adaptor.ts'
import { recordAdaptors } from '../recording/record-adaptors.ts'
import { recordEvaluate, recordHooks } from '../recording/record-stages.ts'
import type { RecordedStep, Recorder, StepRecorder } from '../recording/recorder.ts'
import type { FlowStep } from './plan.ts'
import type { Definitions } from './read-documents.ts'

export function makeRecorded<N>(
  adaptors: Adaptors,
  definitions: Definitions,
  step: RecordedStep,
  make: (adaptors: Adaptors, definitions: Definitions) => N,
): N {
  const to = definitions.recorder?.at(step)
  return to ? make(recordAdaptors(adaptors, to), recordDefinitions(definitions, to)) : make(adaptors, definitions)
}

/** What a router is made with: it asks no application. */
export const recordRouter = (definitions: Definitions, stepId: string): Definitions =>
  definitions.recorder ? recordDefinitions(definitions, definitions.recorder.at({ stepId, kind: 'router' })) : definitions

export const recordDefinitions = (definitions: Definitions, to: StepRecorder): Definitions => ({
  ...definitions,
  evaluate: recordEvaluate(definitions.evaluate, to),
  createHook: recordHooks(definitions.createHook, to),
})

/** Records come to a step with the position and the trace key that their errors name, those that are sent again too. */
export function meetAtSteps<N extends Pick<FlowStep, 'process'>>(recorder: Recorder | undefined, node: N): N {
  if (!recorder) return node
  return {
    ...node,
    process(items, turn) {
      if (!recorder.isOn()) return node.process(items, turn)
      for (const { record, index, traceKey } of items) {
        const subject = recorder.subjectOf(record)
        if (subject) Object.assign(subject, { index, traceKey })
      }
      return node.process(items, turn)
    },
  }
}
