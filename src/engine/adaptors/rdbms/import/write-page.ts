/**
 * A page is a transaction: all of it is written or nothing is, but for the records that the database refuses, each by itself. It is tried without a savepoint
 * for every record first: most pages have none that is refused, and savepoints are three statements instead of one. Where there is no transaction, or a refusal
 * ends it whatever savepoints there are, each statement stands by itself.
 */
import { StepFailure, type Failure, type Outcome } from '../../../adaptor.ts'
import type { Statement } from '../../../template/statement.ts'
import type { DatabaseClient } from '../client.ts'
import type { Answer, Session } from '../database.ts'
import { DatabaseFailure } from '../../database-failure.ts'
import { makeStatement, type MakeStatements } from '../statements.ts'
import { inTransaction } from '../transaction.ts'
import { writeBulk, type Bulk, type BulkRow } from './bulk.ts'
import { byItself, failsPage, inSavepoint, type DoPiece } from './piece.ts'

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
  maxTries?: number,
): Promise<void> {
  const page = new PageTransaction(client, session, rows, maxTries)
  const { standsAlone = false, failureEndsTransaction } = client.database
  if (standsAlone) return page.write(works, withFirst, 'apart')
  const isSimple = works.length === 1 && works[0]?.kind === 'record' && !failureEndsTransaction
  try {
    await inTransaction(session, () => page.write(works, withFirst, isSimple ? 'alone' : 'none'))
  } catch (error) {
    if (error !== refused && !isOfTransaction(error)) throw error
    await inTransaction(session, () => page.write(works, withFirst, 'savepoint')).catch((again: unknown) => {
      if (!isOfTransaction(again)) throw again
      return page.write(works, withFirst, 'apart')
    })
  }
}

const isOfTransaction = (error: unknown): boolean => error instanceof DatabaseFailure && error.endsTransaction && !failsPage(error)

/** What keeps a record that is refused from taking others along: the statement by itself, in a transaction or without any, a savepoint, or nothing. */
type Care = 'alone' | 'apart' | 'savepoint' | 'none'

const refused = new Error('a record was refused')

class PageTransaction {
  readonly #client: DatabaseClient
  readonly #session: Session
  readonly #rows: readonly PageRow[]
  /** Of a statement that stands by itself. */
  readonly #maxTries: number | undefined

  constructor(client: DatabaseClient, session: Session, rows: readonly PageRow[], maxTries: number | undefined) {
    this.#maxTries = maxTries
    this.#client = client
    this.#session = session
    this.#rows = rows
  }

  async write(works: readonly Work[], withFirst: boolean, care: Care): Promise<void> {
    for (const row of this.#rows) {
      delete row.failure
      delete row.answer
    }
    const doPiece = care === 'apart' ? byItself(this.#client, this.#maxTries) : inSavepoint(this.#session)
    for (let at = 0; at < works.length; at++) {
      const work = works[at] as Work
      if (work.kind === 'bulk')
        await this.#orAll(care, () => writeBulk(this.#client, this.#session, work.bulk, this.#open(), doPiece, care === 'apart'))
      else if (work.kind === 'page') {
        if (!work.isFirst || withFirst) await (care === 'apart' ? this.#forPageApart(work, doPiece) : this.#forPage(work.make))
      } else {
        // A record goes through all of its statements that follow each other before the next one does.
        const places = [work.place]
        for (let next = works[at + 1]; next?.kind === 'record'; next = works[at + 1]) {
          places.push(next.place)
          at++
        }
        if (care === 'none') await this.#forAll(places)
        else if (care === 'alone') await this.#forEach(work.place)
        else
          for (const row of this.#open())
            await (care === 'apart' ? this.#forRecordApart(row, places, doPiece) : this.#forRecord(row, places, doPiece))
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

  async #forRecord(row: PageRow, places: readonly number[], doPiece: DoPiece): Promise<void> {
    const isRefused = await doPiece(async () => {
      for (const place of places) {
        const statement = row.statements.get(place)
        if (statement) row.answer = await this.#session.run(statement)
      }
    })
    if (isRefused) row.failure = isRefused.failure
  }

  async #forRecordApart(row: PageRow, places: readonly number[], doPiece: DoPiece): Promise<void> {
    for (const place of places) {
      const statement = row.statements.get(place)
      if (!statement || row.failure) continue
      const isRefused = await doPiece(async (id) => {
        row.answer = await this.#session.run(statement, id)
      })
      if (isRefused) row.failure = isRefused.failure
    }
  }

  /** Of what stands by itself nothing is taken back: what fails all of it fails the records that are left. */
  async #orAll(care: Care, act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      const failure = error instanceof DatabaseFailure || error instanceof StepFailure ? error.failure : undefined
      if (care !== 'apart' || !failure) throw error
      for (const row of this.#open()) row.failure = failure
    }
  }

  async #forPageApart({ make, isFirst }: Extract<Work, { readonly kind: 'page' }>, doPiece: DoPiece): Promise<void> {
    const isRefused = await doPiece((id) => this.#forPage(make, id))
    // What the first page begins with is tried with the next page.
    if (isRefused && isFirst) throw new StepFailure(isRefused.failure)
    if (isRefused) for (const row of this.#open()) row.failure = isRefused.failure
  }

  async #forPage(make: MakeStatements, id?: string): Promise<void> {
    const rows = this.#open()
    if (rows.length === 0) return
    const lookups = rows.some((row) => row.lookups) ? rows.map((row) => row.lookups ?? {}) : undefined
    const input = { data: rows.map(({ mapped }) => mapped), batched: true, ...(lookups && { lookups }) }
    const answer = await this.#session.run(await makeStatement(make, input), id)
    for (const row of rows) row.answer ??= answer
  }
}

/** Rows of an answer that a record is told. */
const maxTold = 100

export function toOutcome({ failure, answer }: { readonly failure?: Failure; readonly answer?: Answer }): Outcome {
  if (failure) return { kind: 'failed', failures: [failure] }
  const rows = answer?.rows ?? []
  const id = answer?.insertId ?? (rows[0] as { readonly id?: unknown } | undefined)?.id
  const _json = { ...(answer && { rowCount: answer.count }), ...(rows.length > 0 && { rows: rows.slice(0, maxTold) }) }
  return { kind: 'done', response: { ...(id !== undefined && id !== null && { id }), statusCode: 200, ignored: false, errors: [], _json } }
}
