/** Connections of the type `jdbc`, their exports and imports: where the database is one that connections of the type `rdbms` reach, they are read as what they are there. */
import type {
  Adaptor,
  ConnectionAdaptor,
  ConnectionDoc,
  ExportDoc,
  ImportDoc,
  SinkAdaptor,
  SinkStep,
  SourceAdaptor,
  SourceStep,
} from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'
import { oncePerStep } from '../once-per-step.ts'
import { rdbms } from './adaptor.ts'
import type { DatabasePorts } from './client.ts'
import { refuse } from './target.ts'

/** By `jdbc.type`: what it is as `rdbms.type`. */
const engines: Readonly<Record<string, string>> = { sqlserver: 'mssql', 'oracle:thin': 'oracle' }

export function jdbc(ports: DatabasePorts): Required<Adaptor> {
  const { connections, source, sink } = rdbms(ports)
  return { connections: jdbcConnections(connections), source: jdbcExport(source), sink: jdbcImport(sink) }
}

const fieldOf = (field: string): string => field.replace(/^rdbms\.options/, 'jdbc.properties').replace(/^rdbms/, 'jdbc')
const isKnown = ({ jdbc: block }: ConnectionDoc): boolean => Object.hasOwn(engines, block?.type ?? '')

const jdbcConnections = (of: ConnectionAdaptor): ConnectionAdaptor => ({
  isFor: ({ type }) => type === 'jdbc',
  fieldOf: (code) => fieldOf(of.fieldOf(code)),
  ready: async (connection, run) => of.ready(asRdbms(connection), run),
  advise: (connection) =>
    isKnown(connection) ? (of.advise?.(asRdbms(connection)) ?? []).map(({ field, message }) => ({ field: fieldOf(field), message })) : [],
  hasPing: isKnown,
  ping: async (connection, run) => of.ping(asRdbms(connection), run),
})

function jdbcExport(of: SourceAdaptor): SourceAdaptor {
  const read = oncePerStep((step: SourceStep): SourceStep => {
    refuseFields('exports', step.doc)
    return { ...step, doc: asRdbmsExport(step.doc), ...(step.connection && { connection: asRdbms(step.connection) }) }
  })
  return {
    adaptorType: 'JDBCExport',
    fieldOf: (code) => fieldOf(of.fieldOf(code)),
    ready: async (step) => of.ready(read(step)),
    pages: (step, from, watching) => of.pages(read(step), from, watching),
    lookup: async (step, records, told) => of.lookup(read(step), records, told),
  }
}

function jdbcImport(of: SinkAdaptor): SinkAdaptor {
  const read = oncePerStep((step: SinkStep): SinkStep => {
    refuseFields('imports', step.doc)
    return { ...step, doc: asRdbmsImport(step.doc), ...(step.connection && { connection: asRdbms(step.connection) }) }
  })
  return {
    adaptorType: 'JDBCImport',
    fieldOf: (code) => fieldOf(of.fieldOf(code)),
    batchSize: of.batchSize,
    lookups: (doc) => of.lookups(asRdbmsImport(doc)),
    ready: async (step) => of.ready(read(step)),
    looks: (doc) => of.looks?.(asRdbmsImport(doc)) ?? false,
    look: async (step, records, watching) => (await of.look?.(read(step), records, watching)) ?? [],
    choose: async (step, records, asks, watching) => (await of.choose?.(read(step), records, asks, watching)) ?? [],
    asksFirst: (doc) => of.asksFirst?.(asRdbmsImport(doc)) ?? false,
    write: async (step, submissions, told) => of.write(read(step), submissions, told),
  }
}

/** Throws `StepFailure` where it is another kind of database, or asks its driver for what is not done here. */
function asRdbms(connection: ConnectionDoc): ConnectionDoc {
  // What is none is refused where it is used.
  if (connection.type !== 'jdbc') return { ...connection, type: 'jdbc' }
  refuseFields('connections', connection)
  const { jdbc: block, ...others } = connection
  const type = engines[block?.type ?? '']
  if (!block || type === undefined)
    throw refuse(
      'database_unsupported',
      `Databases of the kind ${block?.type ?? 'that is not said'} cannot be used over JDBC by this server: sqlserver and oracle:thin can, and others as connections of the type rdbms.`,
    )
  const { host, port, database, serviceName, user, password, concurrencyLevel, targetConcurrencyLevel, properties = [] } = block
  const options = toOptions(connection.name, type === 'mssql' ? propertiesOfSqlServer : {}, properties)
  const read = { type, host, port, database, serviceName, user, password, concurrencyLevel, targetConcurrencyLevel, options }
  return {
    ...others,
    type: 'rdbms',
    rdbms: Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined)),
  } as unknown as ConnectionDoc
}

interface Property {
  readonly name?: string
  readonly value?: string
}

const isTrue = (value: string | undefined): boolean => value?.trim().toLowerCase() === 'true'
const inMs = (value: string | undefined): string => String(Number(value) * 1000)

/** What a property of a driver is as an option here, by its name in small letters; undefined where it says how another one is meant. */
type Properties = Readonly<Record<string, (value: string | undefined, said: ReadonlyMap<string, string | undefined>) => Option | undefined>>
interface Option {
  readonly name: string
  readonly value: string
}

/** Times are seconds. */
const propertiesOfSqlServer: Properties = {
  encrypt: (value, said) => {
    const encrypted = isTrue(said.get('trustservercertificate')) ? 'require' : 'verify-full'
    return { name: 'sslmode', value: isTrue(value) ? encrypted : 'disable' }
  },
  trustservercertificate: () => undefined,
  logintimeout: (value) => ({ name: 'connectTimeout', value: inMs(value) }),
  querytimeout: (value) => ({ name: 'queryTimeout', value: inMs(value) }),
}

/** The properties of a driver that have a word here. Their names count in any letters. */
function toOptions(connection: string, known: Properties, properties: readonly Property[]): Option[] {
  const said = new Map(properties.flatMap(({ name, value }) => (name?.trim() ? [[name.trim().toLowerCase(), value] as const] : [])))
  return [...said].flatMap(([name, value]) => {
    if (Object.hasOwn(known, name)) return known[name]?.(value, said) ?? []
    throw refuse(
      'invalid_option',
      `The connection ${connection} cannot have the property ${name.slice(0, 63)}: ${Object.keys(known).length > 0 ? 'properties are encrypt, trustServerCertificate, loginTimeout and queryTimeout' : 'this server knows no properties for Oracle'}.`,
    )
  })
}

function asRdbmsExport(doc: ExportDoc): ExportDoc {
  const { jdbc: block, ...others } = doc
  return {
    ...others,
    adaptorType: 'RDBMSExport',
    ...(block && { rdbms: { query: block.query, ...(block.once && { once: block.once }) } }),
  } as ExportDoc
}

/** Documents are read again and again, and few are kept. */
const read = new WeakMap<ImportDoc, ImportDoc>()

function asRdbmsImport(doc: ImportDoc): ImportDoc {
  const known = read.get(doc)
  if (known) return known
  const { jdbc: block, ...others } = doc
  const { overrideMergeOrInsertQuery: overrideMergeQuery, ...bulkLoad } = block?.bulkLoad ?? {}
  const rdbmsBlock = block && { ...block, ...(block.bulkLoad && { bulkLoad: { ...bulkLoad, overrideMergeQuery } }) }
  const made = { ...others, adaptorType: 'RDBMSImport', ...(rdbmsBlock && { rdbms: rdbmsBlock }) } as ImportDoc
  read.set(doc, made)
  return made
}
