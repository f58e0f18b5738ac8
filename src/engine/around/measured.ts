/** Tells of each try at an application how long it took and what came of it. */
import { measure } from '../../domain/observability/measurements.ts'
import { traced } from '../../domain/observability/tracing.ts'
import type { Attempt } from './attempt.ts'

export const measured =
  <Q, R>(attempt: Attempt<Q, R>, adaptor: string, statusOf: (result: R) => string): Attempt<Q, R> =>
  async (request, signal) => {
    const begun = performance.now()
    const look = (result: R) => ({ 'sluice.outgoing.status': statusOf(result) })
    const result = await traced(
      `call ${adaptor}`,
      'client',
      () => ({ 'sluice.adaptor': adaptor }),
      () => attempt(request, signal),
      look,
    )
    measure('outgoing', { adaptor, status: statusOf(result), ms: performance.now() - begun })
    return result
  }
