/** What an export of a database is made of: its statement, how its records are marked, and how many are read at once. */
import { StepFailure, type SourceStep } from '../../../adaptor.ts'
import { createLane, type Lane } from '../../../around/lane.ts'
import { refuseFields } from '../../../fields/refuse-fields.ts'
import { readGrouping, type Grouping } from '../../../formats/group-records.ts'
import { defaultPageSize } from '../../../formats/page-bounds.ts'
import { exportDates } from '../../export-dates.ts'
import { stepContext } from '../../step-context.ts'
import { databaseClient, stepFailure, type DatabaseClient, type DatabasePorts } from '../client.ts'
import type { Sessions } from '../sessions.ts'
import { prepareStatements, type MakeStatements } from '../statements.ts'

export interface Source {
  readonly client: DatabaseClient
  /** Of the lookups that it makes, whichever page they are for. */
  readonly lane: Lane
  readonly pageSize: number
  /** Records of the run. */
  readonly limit: number
  /** Records that travel together as one. */
  readonly grouping: Grouping | undefined
  readonly query: MakeStatements
  /** Marks a record as exported. */
  readonly mark: MakeStatements | undefined
}

/** What an export of a database can be, besides one that fetches everything each time. */
const kinds: ReadonlySet<string> = new Set(['test', 'delta', 'once'])

export async function createSource(ports: DatabasePorts, sessions: Sessions, step: SourceStep): Promise<Source> {
  const { doc, connection, run } = step
  refuseFields('exports', doc)
  const { rdbms, type } = doc
  if (!rdbms?.query?.trim()) throw stepFailure('configuration_missing', 'The export says no statement (rdbms.query).')
  if (type && !kinds.has(type))
    throw stepFailure('export_type_unsupported', `An export of a database cannot be of the type ${type}: it can be test, delta or once.`)
  const client = databaseClient(ports, sessions, connection, run, doc)
  const { dateFormat } = client.database
  const dates = exportDates(dateFormat && !doc.delta?.dateFormat ? { ...doc, delta: { ...doc.delta, dateFormat } } : doc, run)
  const { _id, name } = client.connection
  const shared = { ...stepContext(step, 'export', { connection: { _id, name } }), ...dates, exportStartTime: run.currentExportDateTime }
  const marks = type === 'once' && !run.testMode
  return {
    client,
    lane: createLane(client.level),
    pageSize: Math.max(1, doc.pageSize ?? defaultPageSize),
    limit: type === 'test' ? (doc.test?.limit ?? 1) : Number.POSITIVE_INFINITY,
    grouping: readGrouping(doc.groupByFields),
    query: await prepareStatements(client, rdbms.query, shared),
    mark: marks ? await prepareStatements(client, rdbms.once?.query ?? '', shared) : undefined,
  }
}

export const tooLarge = (message: string): StepFailure => new StepFailure({ source: 'lookup', code: 'lookup_too_large', message })
