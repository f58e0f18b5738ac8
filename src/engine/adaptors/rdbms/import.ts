/** RDBMSImport: writes records into a database, a page in one transaction, with statements of the import's own or many rows at a time. */
import {
  skipsRetries,
  StepFailure,
  type Choice,
  type Failure,
  type FieldOf,
  type FlowRecord,
  type Outcome,
  type SinkAdaptor,
  type SinkStep,
  type Submission,
  type Told,
  type Watching,
} from '../../adaptor.ts'
import { createLane, mapInLane, type Lane } from '../../around/lane.ts'
import type { Exchange } from '../../exchange.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import type { Statement } from '../../template/statement.ts'
import { toLookupContext, withoutParent } from '../../template/template-context.ts'
import { splitsRecords } from '../../values/one-to-many-children.ts'
import type { Exchanged, Look } from '../named-lookups.ts'
import { oncePerStep } from '../once-per-step.ts'
import { stepContext } from '../step-context.ts'
import { databaseClient, stepFailure, type DatabaseClient, type DatabasePorts } from './client.ts'
import { asksFirst, createChooser, listLookups, looks, prepareLook, type Chooser, type Operation } from './import/choose.ts'
import { readEntries, type Entry } from './import/entries.ts'
import { toOutcome, writePage, type PageRow, type Work } from './import/write-page.ts'
import type { Sessions } from './sessions.ts'
import { prepareStatements, type MakeStatements } from './statements.ts'

interface Sink {
  readonly client: DatabaseClient
  /** Of its pages: each is one transaction. */
  readonly lane: Lane
  readonly chooser: Chooser
  readonly look: Look | undefined
  readonly entries: readonly Entry[]
  readonly works: readonly Work[]
  /** Statements of records, by the places of their entries. */
  readonly perRecord: ReadonlyMap<number, MakeStatements>
  readonly maxTries: number | undefined
  readonly hidesParent: boolean
  /** Statements are made and not sent. */
  readonly previews: boolean
  readonly firstPage: FirstPage
}

export function databaseImport(ports: DatabasePorts, sessions: Sessions, fieldOf: FieldOf): SinkAdaptor {
  const sinkOf = oncePerStep((step: SinkStep) => prepare(ports, sessions, step))
  return {
    adaptorType: 'RDBMSImport',
    fieldOf,
    batchSize: () => 1,
    lookups: ({ rdbms }) => rdbms?.lookups ?? [],
    ready: async (step) => void (await sinkOf(step)),
    looks,
    look: async (step, records, watching) =>
      (await sinkOf(step)).look?.(records, (place) => watchAt(watching, place)) ?? records.map(() => ({ found: {} })),
    choose: async (step, records, asks, watching) => choose(await sinkOf(step), records, asks, watching),
    asksFirst,
    write: async (step, submissions, told) => write(await sinkOf(step), submissions, told),
  }
}

async function prepare(ports: DatabasePorts, sessions: Sessions, step: SinkStep): Promise<Sink> {
  const { doc, connection, run } = step
  refuseFields('imports', doc)
  const { rdbms } = doc
  if (!rdbms) throw stepFailure('configuration_missing', 'The import has no rdbms configuration.')
  const entries = readEntries(rdbms)
  const client = databaseClient(ports, sessions, connection, run, doc)
  const { _id, name } = client.connection
  const shared = stepContext(step, 'import', { connection: { _id, name } })
  const tables = listLookups(doc, rdbms)
  const perRecord = new Map<number, MakeStatements>()
  const works: Work[] = []
  for (const [place, entry] of entries.entries()) {
    const make = 'query' in entry && entry.query !== undefined ? await prepareStatements(client, entry.query, shared, tables) : undefined
    if (entry.kind === 'per_record') {
      perRecord.set(place, make as MakeStatements)
      works.push({ kind: 'record', place })
    } else if (entry.kind === 'bulk_insert' || entry.kind === 'bulk_load') works.push({ kind: 'bulk', bulk: { entry, merge: make } })
    else works.push({ kind: 'page', isFirst: entry.kind === 'first_page', make: make as MakeStatements })
  }
  return {
    client,
    lane: createLane(client.level),
    chooser: await createChooser(doc, rdbms, client, shared),
    look: await prepareLook(doc, rdbms, client, shared),
    entries,
    works,
    perRecord,
    maxTries: skipsRetries(run) ? 1 : doc.maxAttempts,
    hidesParent: splitsRecords(doc),
    previews: run.previewsImports ?? false,
    firstPage: new FirstPage(run.goesOn || !entries.some(({ kind }) => kind === 'first_page')),
  }
}

const watchAt = (watching: Watching | undefined, place: number): Exchanged | undefined =>
  watching?.exchanged && ((exchange) => watching.exchanged?.([place], exchange))

type Chosen = Operation | 'all' | 'ignored' | StepFailure

interface DatabaseChoice extends Choice {
  readonly chosen: Chosen
}

async function choose(sink: Sink, records: readonly FlowRecord[], asks: boolean, watching?: Watching): Promise<Choice[]> {
  if (!asks && sink.chooser.asks) return records.map(() => ({}))
  return mapInLane(createLane(sink.lane.level), records, async (record, place): Promise<DatabaseChoice> => {
    const chosen = await chosenFor(sink, record, watchAt(watching, place))
    return { chosen, ...((chosen === 'create' || chosen === 'update') && { operation: chosen }) }
  })
}

/** A lookup that fails is the failure of the record it was made for. */
async function chosenFor({ chooser }: Sink, record: FlowRecord, exchanged?: Exchanged): Promise<Chosen> {
  try {
    return await chooser.choose(record, exchanged)
  } catch (error) {
    if (error instanceof StepFailure) return error
    throw error
  }
}

async function write(sink: Sink, submissions: readonly Submission[], told?: Told): Promise<Outcome[]> {
  const { always } = sink.chooser
  const chosen = always
    ? submissions.map((): Chosen => always)
    : await mapInLane(createLane(sink.lane.level), submissions, async ({ record, choice }, place) =>
        choice && 'chosen' in choice ? (choice as DatabaseChoice).chosen : chosenFor(sink, record, watchAt(told, place)),
      )
  const outcomes: (Outcome | undefined)[] = chosen.map((each) =>
    each === 'ignored' ? { kind: 'ignored' } : each instanceof StepFailure ? failed(each.failure, each.exchange) : undefined,
  )
  const rows = await makeRows(sink, submissions, chosen, outcomes)
  if (sink.previews) preview(sink, rows, told)
  else if (rows.size > 0) await mapInLane(sink.lane, [rows], (page) => writeRows(sink, page, outcomes, told), told)
  else told?.begun()
  for (const [place, row] of rows) outcomes[place] ??= toOutcome(row)
  return outcomes.map((outcome) => outcome ?? { kind: 'ignored' })
}

const failed = (failure: Failure, exchange?: Exchange): Outcome => ({ kind: 'failed', failures: [failure], ...(exchange && { exchange }) })

/** With their statements, by their places. A record whose statement cannot be made has failed. */
async function makeRows(
  { entries, perRecord, hidesParent }: Sink,
  submissions: readonly Submission[],
  chosen: readonly Chosen[],
  outcomes: (Outcome | undefined)[],
): Promise<ReadonlyMap<number, PageRow>> {
  const statements = submissions.map(() => new Map<number, Statement>())
  for (const [entryPlace, make] of perRecord) {
    const only = (entries[entryPlace] as Entry & { readonly only?: Operation }).only
    const wanted = submissions.flatMap((_each, i) => (outcomes[i] === undefined && (!only || only === chosen[i]) ? [i] : []))
    const made = await make(
      wanted.map((i) => {
        const { record, mapped, looked } = submissions[i] as Submission
        return {
          records: [record],
          data: [mapped],
          ...(looked && { lookups: [toLookupContext(looked)] }),
          ...(hidesParent && { hidesParent }),
        }
      }),
    )
    for (const [j, i] of wanted.entries()) {
      const each = made[j] as Statement | Failure
      if ('message' in each) outcomes[i] = failed(each)
      else statements[i]?.set(entryPlace, each)
    }
  }
  const rows = submissions.flatMap(({ record, mapped, looked }, i): [number, PageRow][] => {
    if (outcomes[i]) return []
    const lookups = looked && toLookupContext(looked)
    return [
      [
        i,
        {
          record,
          mapped: hidesParent ? withoutParent(mapped) : mapped,
          lookups,
          statements: statements[i] ?? new Map<number, Statement>(),
        },
      ],
    ]
  })
  return new Map(rows)
}

/** What cannot be written at all fails every record of the page, and nothing of it is written. */
async function writeRows(
  sink: Sink,
  rows: ReadonlyMap<number, PageRow>,
  outcomes: (Outcome | undefined)[],
  told: Told | undefined,
): Promise<void> {
  const { client, works, firstPage, maxTries } = sink
  const page = [...rows.values()]
  const at = Date.now()
  const begun = performance.now()
  try {
    await firstPage.within((isFirst) =>
      client.work((session) => writePage(client, session, works, page, isFirst, maxTries), {
        yields: told?.aheadUntil,
        ...(maxTries !== undefined && { maxTries }),
      }),
    )
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    for (const [place, row] of rows) outcomes[place] = tellOf(sink, place, { ...row, failure: error.failure }, at, begun, told)
    return
  }
  for (const [place, row] of rows) outcomes[place] = tellOf(sink, place, row, at, begun, told)
}

/** Statements of records that went well are told where somebody wants to know; of those that failed always. */
function tellOf({ client, entries }: Sink, place: number, row: PageRow, at: number, begun: number, told: Told | undefined): Outcome {
  if (!row.failure && !told?.exchanged && !client.isWatched) return toOutcome(row)
  const exchange = client.describe(statementOf(entries, row), row.failure ?? row.answer ?? { rows: [], count: 1 }, at, begun)
  told?.exchanged?.([place], exchange)
  const outcome = toOutcome(row)
  return outcome.kind === 'failed' ? { ...outcome, exchange } : outcome
}

/** The last one that was for the record alone; of rows that are written together, what the record is in them. */
function statementOf(entries: readonly Entry[], { statements, mapped }: PageRow): Statement {
  const last = [...statements.values()].at(-1)
  if (last) return last
  const entry = entries.find(({ kind }) => kind !== 'first_page') as Entry
  const what = 'tableName' in entry ? `${entry.kind} ${entry.tableName} ` : `${entry.kind} ${entry.query} `
  return { parts: [what, ''], values: [mapped] }
}

function preview({ client, entries }: Sink, rows: ReadonlyMap<number, PageRow>, told: Told | undefined): void {
  for (const [place, row] of rows)
    told?.exchanged?.([place], client.describe(statementOf(entries, row), undefined, Date.now(), performance.now()))
}

/** Statements for the first page alone: no other page begins before they are done, and where they fail they are tried with the next one. */
class FirstPage {
  #isDone: boolean
  #running: Promise<unknown> | undefined

  constructor(isDone: boolean) {
    this.#isDone = isDone
  }

  async within<T>(act: (isFirst: boolean) => Promise<T>): Promise<T> {
    while (!this.#isDone && this.#running) await this.#running
    if (this.#isDone) return act(false)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#running = promise
    try {
      const made = await act(true)
      this.#isDone = true
      return made
    } finally {
      this.#running = undefined
      resolve()
    }
  }
}
