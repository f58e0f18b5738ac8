/** Acknowledgements of what was read: 997 of X12, CONTRL of EDIFACT. */
import { acknowledgeEdifact } from './edifact.ts'
import type { ReceivedInterchange } from './received.ts'
import { acknowledgeX12 } from './x12.ts'

/** `takeNumber` gives the control number of each interchange that is made. Undefined where nothing is to be acknowledged. */
export async function writeAcknowledgements(
  interchanges: readonly ReceivedInterchange[],
  takeNumber: () => Promise<number>,
  now: Date,
): Promise<string | undefined> {
  const made: string[] = []
  for (const interchange of interchanges) {
    const acknowledge = interchange.standard === 'x12' ? acknowledgeX12 : acknowledgeEdifact
    // A number is taken for what is made alone.
    if (acknowledge(interchange, 1, now) === undefined) continue
    made.push(acknowledge(interchange, await takeNumber(), now) ?? '')
  }
  return made.length > 0 ? made.join('') : undefined
}
