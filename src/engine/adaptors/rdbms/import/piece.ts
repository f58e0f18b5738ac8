/** A piece of a page, whose failure takes nothing else of the page along. */
import { randomUUID } from 'node:crypto'
import { StepFailure, type Failure } from '../../../adaptor.ts'
import { DatabaseFailure } from '../../database-failure.ts'
import type { DatabaseClient } from '../client.ts'
import type { Session } from '../database.ts'

interface Refused {
  readonly failure: Failure
  /** Half of it would fail as well. */
  readonly isWhole?: boolean
}

/** Why the piece was not done; undefined where it was. Throws where the whole page fails. */
export type DoPiece = (act: (id?: string) => Promise<void>) => Promise<Refused | undefined>

/** Whether it is no fault of the record that was at hand. */
export const failsPage = (error: unknown): boolean => !(error instanceof DatabaseFailure) || error.passing || error.endsSession

/** In a transaction that goes on without the piece. */
export const inSavepoint =
  (session: Session): DoPiece =>
  async (act) => {
    await session.control('savepoint')
    try {
      await act()
      await session.control('release')
      return undefined
    } catch (error) {
      if (failsPage(error) || (error as DatabaseFailure).endsTransaction) throw error
      await session.control('back')
      await session.control('release')
      return { failure: (error as DatabaseFailure).failure }
    }
  }

/** Without a transaction, and again by itself where its failure passes. Once the session is gone, so is what is left. */
export function byItself(client: DatabaseClient, maxTries: number | undefined): DoPiece {
  let lost: Refused | undefined
  return async (act) => {
    if (lost) return lost
    let last: unknown
    const id = randomUUID()
    try {
      await client.again(
        () =>
          act(id).catch((error: unknown) => {
            last = error
            throw error
          }),
        maxTries,
      )
      return undefined
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error
      const { passing = false, endsSession = false } = last instanceof DatabaseFailure ? last : {}
      const refused = { failure: error.failure, isWhole: passing || endsSession || error.failure.source === 'connection' }
      if (endsSession) lost = refused
      return refused
    }
  }
}
