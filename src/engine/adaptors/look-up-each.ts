/** A lookup of each record: one outcome a record, and a failure fails its own record alone. */
import { StepFailure, type FlowRecord, type Outcome, type Told } from '../adaptor.ts'
import { mapInLane, type Lane } from '../around/lane.ts'

export const lookUpEach = (
  lane: Lane,
  records: readonly FlowRecord[],
  lookUp: (record: FlowRecord, index: number) => Promise<readonly FlowRecord[]>,
  told?: Told,
): Promise<Outcome[]> =>
  mapInLane(
    lane,
    records,
    async (record, index): Promise<Outcome> => {
      try {
        return { kind: 'done', response: { statusCode: 200, data: await lookUp(record, index), errors: [] } }
      } catch (error) {
        if (!(error instanceof StepFailure)) throw error
        return { kind: 'failed', failures: [error.failure], ...(error.exchange && { exchange: error.exchange }) }
      }
    },
    told,
  )
