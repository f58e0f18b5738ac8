/** Statements one after the other, each with its answer or the failure that it met. */
import type { Statement } from '../../../template/statement.ts'
import { DatabaseFailure } from '../../database-failure.ts'
import type { Answer } from '../database.ts'

/** Nothing is run after a failure that `ends` it. Throws what is no failure of the database. */
export async function runInTurn(
  statements: readonly Statement[],
  run: (statement: Statement) => Promise<Answer>,
  ends: (failure: DatabaseFailure) => boolean,
): Promise<readonly (Answer | DatabaseFailure)[]> {
  const answers: (Answer | DatabaseFailure)[] = []
  for (const statement of statements) {
    try {
      answers.push(await run(statement))
    } catch (error) {
      if (!(error instanceof DatabaseFailure)) throw error
      answers.push(error)
      if (ends(error)) break
    }
  }
  return answers
}
