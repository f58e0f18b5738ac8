/** Exports of type `once`: runs the statement that marks a record, for all records of a page in one transaction, after the commit of the page. */
import { StepFailure, type FlowRecord } from '../../../adaptor.ts'
import type { Statement } from '../../../template/statement.ts'
import { inTransaction } from '../transaction.ts'
import type { Source } from './source.ts'

export interface Marks {
  /** Marks these records: the `ack` of their page. */
  ackOf(records: readonly FlowRecord[]): () => Promise<void>
  /** Settles when every page that was handed out is marked: until then the statement would give its records once more. */
  allDone(): Promise<void>
}

/** Undefined where nothing is marked. */
export function acknowledging({ client, mark }: Source): Marks | undefined {
  if (!mark) return undefined
  // Pages are acknowledged in their order, so the last one stands for all.
  let last = Promise.resolve()
  return {
    ackOf(records) {
      const { promise, resolve } = Promise.withResolvers<void>()
      last = promise
      return async () => {
        const statements = await mark(records.map((record) => ({ record })))
        const wrong = statements.find((made) => 'message' in made)
        if (wrong) throw new StepFailure(explained(wrong))
        await client
          .work((session) =>
            inTransaction(session, async () => {
              for (const statement of statements) await session.run(statement as Statement)
            }),
          )
          .catch((error: unknown) => {
            throw error instanceof StepFailure ? new StepFailure(explained(error.failure)) : error
          })
        resolve()
      }
    },
    allDone: () => last,
  }
}

/** A record that could not be marked is exported again next time, so a failure here fails the run and is seen. */
const explained = <F extends { readonly message: string }>(failure: F): F => ({
  ...failure,
  message: `A record could not be marked as exported: ${failure.message}`,
})
