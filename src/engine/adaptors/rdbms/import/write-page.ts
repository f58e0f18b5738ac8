/**
 * A page is a transaction: all of it is written or nothing is, but for the records that the database refuses, each by itself. It is tried without a savepoint
 * for every record first: most pages have none that is refused, and savepoints are three statements instead of one.
 */
import type { Failure, Outcome } from '../../../adaptor.ts'
import type { Statement } from '../../../template/statement.ts'
import type { DatabaseClient } from '../client.ts'
import type { Answer, Session } from '../database.ts'
import { DatabaseFailure } from '../../database-failure.ts'
import { makeStatement, type MakeStatements } from '../statements.ts'
import { inTransaction } from '../transaction.ts'
import { writeBulk, type Bulk, type BulkRow } from './bulk.ts'

/** A record on its way, with the statements that are for it alone, by the places of their entries. */
export interface PageRow extends BulkRow {
  readonly record: unknown
  readonly lookups: Readonly<Record<string, unknown>> | undefined
  readonly statements: ReadonlyMap<number, Statement>
  answer?: Answer
}

export type Work =
  | { readonly kind: 'record'; readonly place: number }
  | { readonly kind: 'page'; readonly isFirst: boolean; readonly make: MakeStatements }
  | { readonly kind: 'bulk'; readonly bulk: Bulk }

/** What became of each row stands in it. Throws `DatabaseFailure`: nothing is written then. */
export async function writePage(
  client: DatabaseClient,
  session: Session,
  works: readonly Work[],
  rows: readonly PageRow[],
  withFirst: boolean,
): Promise<void> {
  const page = new PageTransaction(client, session, rows)
  const isSimple = works.length === 1 && works[0]?.kind === 'record' && !client.database.failureEndsTransaction
  try {
    await inTransaction(session, () => page.write(works, withFirst, isSimple ? 'alone' : 'none'))
  } catch (error) {
    if (error !== refused) throw error
    await inTransaction(session, () => page.write(works, withFirst, 'savepoint'))
  }
}

/** What keeps a record that is refused from taking others along: the statement by itself, a savepoint, or nothing. */
type Care = 'alone' | 'savepoint' | 'none'

const refused = new Error('a record was refused')

class PageTransaction {
  readonly #client: DatabaseClient
  readonly #session: Session
  readonly #rows: readonly PageRow[]

  constructor(client: DatabaseClient, session: Session, rows: readonly PageRow[]) {
    this.#client = client
    this.#session = session
    this.#rows = rows
  }

  async write(works: readonly Work[], withFirst: boolean, care: Care): Promise<void> {
    for (const row of this.#rows) {
      delete row.failure
      delete row.answer
    }
    for (let at = 0; at < works.length; at++) {
      const work = works[at] as Work
      if (work.kind === 'bulk') await writeBulk(this.#client, this.#session, work.bulk, this.#open())
      else if (work.kind === 'page') {
        if (!work.isFirst || withFirst) await this.#forPage(work.make)
      } else {
        // A record goes through all of its statements that follow each other before the next one does.
        const places = [work.place]
        for (let next = works[at + 1]; next?.kind === 'record'; next = works[at + 1]) {
          places.push(next.place)
          at++
        }
        if (care === 'none') await this.#forAll(places)
        else if (care === 'alone') await this.#forEach(work.place)
        else for (const row of this.#open()) await this.#forRecord(row, places)
      }
    }
  }

  #open(): PageRow[] {
    return this.#rows.filter(({ failure }) => failure === undefined)
  }

  async #forAll(places: readonly number[]): Promise<void> {
    const rows = this.#open()
    const statements = rows.map((row) => places.flatMap((place) => row.statements.get(place) ?? []))
    const answers = await this.#session.runAll(statements.flat())
    const failure = answers.find((answer) => answer instanceof DatabaseFailure)
    if (failure) throw failsPage(failure) ? failure : refused
    const left = (answers as readonly Answer[]).values()
    for (const [i, row] of rows.entries()) for (const _each of statements[i] ?? []) row.answer = left.next().value as Answer
  }

  /** One statement a record, of which each fails by itself. */
  async #forEach(place: number): Promise<void> {
    const rows = this.#open().filter(({ statements }) => statements.has(place))
    const answers = await this.#session.runAll(rows.map(({ statements }) => statements.get(place) as Statement))
    const passing = answers.find((answer) => answer instanceof DatabaseFailure && failsPage(answer))
    if (passing) throw passing
    for (const [i, row] of rows.entries()) {
      const answer = answers[i] as Answer | DatabaseFailure
      if (answer instanceof DatabaseFailure) row.failure = answer.failure
      else row.answer = answer
    }
  }

  async #forRecord(row: PageRow, places: readonly number[]): Promise<void> {
    await this.#session.control('savepoint')
    try {
      for (const place of places) {
        const statement = row.statements.get(place)
        if (statement) row.answer = await this.#session.run(statement)
      }
      await this.#session.control('release')
    } catch (error) {
      if (failsPage(error)) throw error
      await this.#session.control('back')
      await this.#session.control('release')
      row.failure = (error as DatabaseFailure).failure
    }
  }

  async #forPage(make: MakeStatements): Promise<void> {
    const rows = this.#open()
    if (rows.length === 0) return
    const lookups = rows.some((row) => row.lookups) ? rows.map((row) => row.lookups ?? {}) : undefined
    const input = { data: rows.map(({ mapped }) => mapped), batched: true, ...(lookups && { lookups }) }
    const answer = await this.#session.run(await makeStatement(make, input))
    for (const row of rows) row.answer ??= answer
  }
}

/** Whether it is no fault of the record that was at hand. */
const failsPage = (error: unknown): boolean => !(error instanceof DatabaseFailure) || error.passing || error.endsSession

/** Rows of an answer that a record is told. */
const maxTold = 100

export function toOutcome({ failure, answer }: { readonly failure?: Failure; readonly answer?: Answer }): Outcome {
  if (failure) return { kind: 'failed', failures: [failure] }
  const rows = answer?.rows ?? []
  const id = answer?.insertId ?? (rows[0] as { readonly id?: unknown } | undefined)?.id
  const _json = { ...(answer && { rowCount: answer.count }), ...(rows.length > 0 && { rows: rows.slice(0, maxTold) }) }
  return { kind: 'done', response: { ...(id !== undefined && id !== null && { id }), statusCode: 200, ignored: false, errors: [], _json } }
}
