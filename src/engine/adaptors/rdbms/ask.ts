/** One statement that asks, told to whoever wants to know. */
import { StepFailure } from '../../adaptor.ts'
import type { Exchange } from '../../exchange.ts'
import type { Statement } from '../../template/statement.ts'
import type { WorkOptions } from '../database-work.ts'
import type { DatabaseClient } from './client.ts'
import type { Answer } from './database.ts'

export interface Asked extends WorkOptions {
  readonly exchanged?: (exchange: Exchange) => void
}

/** Throws `StepFailure` with what was asked. */
export async function ask(
  client: DatabaseClient,
  statement: Statement,
  { exchanged, ...options }: Asked = {},
): Promise<Answer & { readonly bytes: number }> {
  const at = Date.now()
  const begun = performance.now()
  try {
    const answer = await client.work(async (session) => {
      const before = session.received
      const made = await session.run(statement)
      return { ...made, bytes: session.received - before }
    }, options)
    if (exchanged || client.isWatched) {
      const exchange = client.describe(statement, answer, at, begun)
      exchanged?.(exchange)
    }
    return answer
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    const exchange = client.describe(statement, error.failure, at, begun)
    exchanged?.(exchange)
    throw new StepFailure(error.failure, exchange)
  }
}
