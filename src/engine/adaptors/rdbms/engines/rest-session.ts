/**
 * What databases that are asked over HTTPS have in common. A session is nothing but the proof of who asks: each request stands by itself, so there is no
 * transaction, and a statement that may have been done is sent again under the id that it had.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { parseBounded } from '../../../../domain/limits/parse-json.ts'
import type { FlowRecord } from '../../../adaptor.ts'
import { largestBody } from '../../../outgoing/client.ts'
import type { HttpAnswer } from '../../../outgoing/message.ts'
import { isPlainObject, toText, type PlainObject } from '../../../values/plain-value.ts'
import type { Statement } from '../../../template/statement.ts'
import type { Answer, Column, Cursor, Session, Table, TableRow, Ways } from '../database.ts'
import { DatabaseFailure } from '../../database-failure.ts'
import type { Target } from '../target.ts'
import { maxCharacters } from './sql-text.ts'
import { maxAnswer } from './watch.ts'
import { runInTurn } from './run-in-turn.ts'

/** Of one request: what takes longer is asked for again and again. Milliseconds. */
const requestMs = 120_000
/** Between questions whether a statement is done: doubled from the first to the last. Milliseconds. */
const [firstLookMs, lastLookMs] = [50, 2_000]
/** For telling a database to give a statement up. Milliseconds. */
const cancelMs = 5_000

export interface RestRequest {
  readonly method: 'GET' | 'POST'
  /** Below the origin of the interface. */
  readonly path: string
  readonly body?: object
}

/** A part of a result. */
export interface ResultPart {
  readonly rows: readonly FlowRecord[]
  /** That it took on its way. */
  readonly bytes: number
  /** Fetches the part after it; undefined where this is the last one. */
  readonly next?: (() => Promise<ResultPart>) | undefined
}

export interface Executed extends ResultPart {
  /** Rows that were written, where it says so. */
  readonly written?: number
}

export interface Reply {
  readonly answer: HttpAnswer
  readonly said: PlainObject
}

export abstract class RestSession implements Session {
  readonly isClean = true
  protected readonly ways: Ways
  protected readonly target: Target
  #received = 0
  #signal: AbortSignal | undefined

  protected constructor(ways: Ways, target: Target) {
    this.ways = ways
    this.target = target
  }

  /** Begins with it and comes to its end. Throws `DatabaseFailure`. */
  protected abstract execute(statement: Statement, id: string, untilMs: number): Promise<Executed>
  abstract describe(table: string): Promise<Table | undefined>
  /** What gives the rows of a text of JSON, which is the one value of the statement, as these columns. */
  protected abstract readonly rowsOf: (columns: readonly Column[]) => readonly [before: string, after: string]
  abstract createStaging(table: Table, columns: readonly Column[]): Promise<string>
  /** Proofs that go with each request. Throws `DatabaseFailure`. */
  protected abstract prove(): Promise<Readonly<Record<string, string>>>
  /** The proof was not accepted: whether another one may be. */
  protected abstract renew(): boolean
  /** Of an answer that is none of what was asked for. */
  protected abstract toFailure(reply: Reply): DatabaseFailure

  get received(): number {
    return this.#received
  }

  setSignal(signal: AbortSignal | undefined): void {
    this.#signal = signal
  }

  protected get signal(): AbortSignal {
    return (this.#signal ??= new AbortController().signal)
  }

  async run(statement: Statement, id: string = randomUUID()): Promise<Answer> {
    const first = await this.#execute(statement, id)
    const rows: FlowRecord[] = []
    let bytes = 0
    for (let part: ResultPart = first; ;) {
      rows.push(...part.rows)
      bytes += part.bytes
      this.#received += part.bytes
      if (bytes > maxAnswer) throw tooLarge
      if (!part.next) break
      part = await part.next()
    }
    return { rows: rows as Answer['rows'], count: first.written ?? rows.length }
  }

  runAll(statements: readonly Statement[]): Promise<readonly (Answer | DatabaseFailure)[]> {
    return runInTurn(
      statements,
      (statement) => this.run(statement),
      () => false,
    )
  }

  /** There is nothing that could be taken back. */
  async control(): Promise<void> {}

  async open(statement: Statement): Promise<Cursor> {
    let part: ResultPart | undefined = await this.#execute(statement, randomUUID())
    let at = 0
    return {
      read: async (most) => {
        while (part && at >= part.rows.length) {
          part = await part.next?.()
          at = 0
        }
        if (!part) return []
        const rows = part.rows.slice(at, at + most)
        at += rows.length
        this.#received += Math.ceil((part.bytes * rows.length) / part.rows.length)
        return rows
      },
    }
  }

  async insert({ quoted }: Pick<Table, 'quoted'>, rows: readonly TableRow[], columns: readonly Column[], id?: string): Promise<void> {
    const list = columns.map((column) => column.quoted).join(', ')
    const [before, after] = this.rowsOf(columns)
    for (const [i, { text }] of [...writeRowTexts(rows, columns)].entries())
      await this.run({ parts: [`insert into ${quoted} (${list}) ${before}`, after], values: [text] }, id && nameOf(id, i))
  }

  countInsertedAtOnce(rows: readonly TableRow[], columns: readonly Column[]): number {
    return writeRowTexts(rows, columns).next().value?.rows ?? 0
  }

  async mergeRows(
    { quoted }: Table,
    rows: readonly TableRow[],
    columns: readonly Column[],
    keys: readonly Column[],
    id?: string,
  ): Promise<void> {
    const [before, after] = this.rowsOf(columns)
    for (const [i, { text }] of [...writeRowTexts(rows, columns)].entries())
      await this.run(
        { parts: [`merge into ${quoted} t using (${before}`, `${after}) ${mergeOn(columns, keys)}`], values: [text] },
        id && nameOf(id, i),
      )
  }

  async merge({ quoted }: Table, staging: string, columns: readonly Column[], keys: readonly Column[]): Promise<void> {
    await this.run({ parts: [`merge into ${quoted} t using ${staging} ${mergeOn(columns, keys)}`], values: [] })
  }

  async dropStaging(staging: string): Promise<void> {
    await this.run({ parts: [`drop table ${staging}`], values: [] })
  }

  hold(): void {}
  close(): void {}

  #execute(statement: Statement, id: string): Promise<Executed> {
    return this.execute(statement, id, performance.now() + this.target.queryMs)
  }

  /** Looks whether a statement is done until it is. */
  protected async untilDone<T>(look: () => Promise<T | undefined>, untilMs: number, cancel: () => RestRequest | undefined): Promise<T> {
    try {
      for (let wait = firstLookMs; ; wait = Math.min(wait * 2, lastLookMs)) {
        const done = await look()
        if (done !== undefined) return done
        if (performance.now() > untilMs) throw late(this.target.queryMs)
        await pause(wait, undefined, { signal: this.signal }).catch(() => this.signal.throwIfAborted())
      }
    } catch (error) {
      const request = cancel()
      const isGivenUp = this.signal.aborted || (error instanceof DatabaseFailure && error.code === 'timeout')
      if (request && isGivenUp) await this.#send(request, AbortSignal.timeout(cancelMs)).catch(() => undefined)
      throw error
    }
  }

  /** Throws `DatabaseFailure` where the answer is an error, and where none came. */
  protected async ask(request: RestRequest): Promise<Reply> {
    let reply = await this.#send(request, this.signal)
    if (reply.answer.statusCode === 401 && this.renew()) reply = await this.#send(request, this.signal)
    if (reply.answer.statusCode >= 300) throw this.toFailure(reply)
    return reply
  }

  async #send({ method, path, body }: RestRequest, signal: AbortSignal): Promise<Reply> {
    const { host, tls } = this.target
    const { mode, ...identity } = tls
    const result = await this.ways.send(
      {
        method,
        url: `${originOf(this.ways, host)}${path}`,
        headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }), ...(await this.prove()) },
        ...(body && { body: JSON.stringify(body) }),
        timeout: requestMs,
        maxBody: largestBody,
        staysPut: true,
        ...((mode === 'require' || Object.keys(identity).length > 0) && {
          tls: { ...identity, ...(mode === 'require' && { rejectUnauthorized: false }) },
        }),
      },
      signal,
    )
    if (result.kind === 'unreachable')
      throw new DatabaseFailure(result.code, result.message, { source: 'connection', passing: result.passing })
    return { answer: result, said: parse(result.body) }
  }
}

export const originOf = ({ originOf: told }: Ways, host: string): string => told?.(host) ?? `https://${host}`

function parse(body: Buffer): PlainObject {
  try {
    const said = parseBounded(body.toString())
    return isPlainObject(said) ? said : {}
  } catch {
    return {}
  }
}

/** Texts of JSON, lists of rows, each no longer than a request may be. What is missing is null. */
function* writeRowTexts(
  rows: readonly TableRow[],
  columns: readonly Column[],
): Generator<{ readonly text: string; readonly rows: number }> {
  let lines: string[] = []
  let characters = 0
  for (const row of rows) {
    const line = JSON.stringify(columns.map((column) => writeCell(row[column.name], column)))
    if (lines.length > 0 && characters + line.length > maxCharacters) {
      yield { text: `[${lines.join(',')}]`, rows: lines.length }
      lines = []
      characters = 0
    }
    lines.push(line)
    characters += line.length
  }
  if (lines.length > 0) yield { text: `[${lines.join(',')}]`, rows: lines.length }
}

/** Everything is a text, which the database makes a value of the column of: nothing is rounded on the way. */
function writeCell(value: unknown, { kind }: Column): string | null {
  if (value === null || value === undefined) return null
  if (kind === 'json' || kind === 'list') return typeof value === 'string' && /^\s*[[{]/.test(value) ? value : JSON.stringify(value)
  return Array.isArray(value) ? JSON.stringify(value) : toText(value)
}

function mergeOn(columns: readonly Column[], keys: readonly Column[]): string {
  const isKey = new Set(keys.map(({ name }) => name))
  const rest = columns.filter(({ name }) => !isKey.has(name))
  const same = keys.map(({ quoted }) => `t.${quoted} = s.${quoted}`).join(' and ')
  const set = rest.map(({ quoted }) => `${quoted} = s.${quoted}`).join(', ')
  const list = columns.map(({ quoted }) => quoted).join(', ')
  const values = columns.map(({ quoted }) => `s.${quoted}`).join(', ')
  return `s on ${same}${rest.length > 0 ? ` when matched then update set ${set}` : ''} when not matched then insert (${list}) values (${values})`
}

/** An id of its own for each part of what has one. */
const nameOf = (id: string, part: number): string => (part === 0 ? id : `${id.slice(0, -4)}${part.toString(16).padStart(4, '0')}`)

const late = (ms: number): DatabaseFailure =>
  new DatabaseFailure('timeout', `The database did not answer within ${ms / 1000} s, and was told to give the statement up.`, {
    source: 'connection',
  })

const tooLarge = new DatabaseFailure(
  'response_too_large',
  `The database gave more than ${maxAnswer / 1024 / 1024} MB for one statement. Ask it for fewer rows or columns.`,
)
