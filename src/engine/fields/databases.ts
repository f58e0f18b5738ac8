/** The fields of connections to relational databases, and of the exports and imports over them. */
import { carried, except, kept, only, refused, refusedWhere, saysSomething, unless, type Described, type Field } from './field.ts'

const shownBy = 'engine/adaptors/rdbms.test.ts'
const unsupported = 'database_unsupported'

const typeOf = ({ rdbms }: Described): unknown => (rdbms as { readonly type?: unknown } | undefined)?.type

/** Fields that only one kind of database has a use for. */
const onlyOf = (type: string, name: string, by: string, ...paths: readonly string[]): Field[] =>
  except(carried(by, ...paths), {
    code: 'foreign_field',
    says: `Only connections to ${name} have a use for it.`,
    asks: (value, doc) => saysSomething(value) && typeOf(doc) !== type,
  })

export const databaseConnections: readonly Field[] = only(
  'rdbms',
  except(carried('engine/adaptors/database-stage.ts', 'rdbms.type'), {
    code: unsupported,
    says: 'This server can use PostgreSQL, Redshift, MySQL, MariaDB, Snowflake and BigQuery; the last two were not run against a real server.',
    elsewhere: true,
  }),
  carried('engine/adaptors/database-stage.ts', 'rdbms.host', 'rdbms.port', 'rdbms.database', 'rdbms.user', 'rdbms.password'),
  carried(shownBy, 'rdbms.concurrencyLevel', 'rdbms.targetConcurrencyLevel', 'rdbms.disableStrictSSL'),
  carried(shownBy, 'rdbms.ssl.ca', 'rdbms.ssl.cert', 'rdbms.ssl.key', 'rdbms.ssl.passphrase'),
  except(carried('cases/rdbms/import/write.json', 'rdbms.options[].name', 'rdbms.options[].value'), {
    code: 'invalid_option',
    says: 'Options are sslmode, connectTimeout, queryTimeout, and settings of a session of the database.',
    elsewhere: true,
  }),
  onlyOf('snowflake', 'Snowflake', 'engine/adaptors/snowflake.test.ts', 'rdbms.snowflake.**', 'rdbms.key', 'rdbms.passphrase'),
  onlyOf('bigquery', 'BigQuery', 'engine/adaptors/bigquery.test.ts', 'rdbms.bigquery.**'),
  refused(unsupported, 'Only SQL Server has it, and this server cannot use that.', 'rdbms.instanceName', 'rdbms.version'),
  refused(unsupported, 'Only Oracle has it, and this server cannot use that.', 'rdbms.serviceName', 'rdbms.serverType'),
  [refusedWhere('rdbms.mssql.authType', unless('basic'), unsupported, 'Only SQL Server has it, and this server cannot use that.')],
  refused(unsupported, 'Only SQL Server has it, and this server cannot use that.', 'rdbms._iClientId'),
  kept('Redshift is reached like PostgreSQL, by its host, user and password.', 'rdbms.redshift.**'),
)

export const databaseExports: readonly Field[] = only(
  'RDBMS',
  carried('cases/rdbms/export/read.json', 'rdbms.query', 'rdbms.once.query'),
  kept('Tells editors which tables the statement reads.', 'rdbms.tables'),
)

export const databaseImports: readonly Field[] = only(
  'RDBMS',
  carried('cases/rdbms/import/write.json', 'rdbms.queryType[]', 'rdbms.query[]', 'rdbms.lookups[]'),
  carried('cases/rdbms/import/write.json', 'rdbms.bulkInsert.tableName', 'rdbms.bulkInsert.batchSize'),
  carried('cases/rdbms/import/write.json', 'rdbms.bulkLoad.tableName', 'rdbms.bulkLoad.primaryKeys[]', 'rdbms.bulkLoad.overrideMergeQuery'),
  carried(
    'cases/rdbms/import/write.json',
    'rdbms.updateLookupName',
    'rdbms.updateExtract',
    'rdbms.ignoreLookupName',
    'rdbms.ignoreExtract',
  ),
)

/** Whether an export says by which statement a record is marked as exported. */
export const marksByStatement = ({ rdbms }: Described): boolean =>
  saysSomething((rdbms as { once?: { query?: unknown } } | undefined)?.once?.query)

/** What of an import says how to find out whether a record is there. */
export function recognisers({ rdbms }: Described): readonly unknown[] {
  const { updateExtract, updateLookupName, ignoreExtract, ignoreLookupName } = (rdbms ?? {}) as Readonly<Record<string, unknown>>
  return [updateExtract, updateLookupName, ignoreExtract, ignoreLookupName]
}
