/** The fields of connections to relational databases, and of the exports and imports over them. */
import { carried, except, kept, only, refused, refusedWhere, saysSomething, unless, type Described, type Field } from './field.ts'

const code = 'database_unsupported'
const ofOthers = 'Only databases that this server cannot use have it: it can use PostgreSQL, Redshift, MySQL and MariaDB.'
const shownBy = 'engine/adaptors/rdbms.test.ts'

export const databaseConnections: readonly Field[] = only(
  'rdbms',
  except(carried('engine/adaptors/database-stage.ts', 'rdbms.type'), { code, says: ofOthers, elsewhere: true }),
  carried('engine/adaptors/database-stage.ts', 'rdbms.host', 'rdbms.port', 'rdbms.database', 'rdbms.user', 'rdbms.password'),
  carried(shownBy, 'rdbms.concurrencyLevel', 'rdbms.targetConcurrencyLevel', 'rdbms.disableStrictSSL'),
  carried(shownBy, 'rdbms.ssl.ca', 'rdbms.ssl.cert', 'rdbms.ssl.key', 'rdbms.ssl.passphrase'),
  except(carried('cases/rdbms/import/write.json', 'rdbms.options[].name', 'rdbms.options[].value'), {
    code: 'invalid_option',
    says: 'Options are sslmode, connectTimeout, queryTimeout, and settings of a session of the database.',
    elsewhere: true,
  }),
  refused(code, ofOthers, 'rdbms.instanceName', 'rdbms.version', 'rdbms.serviceName', 'rdbms.serverType', 'rdbms.snowflake.**'),
  [refusedWhere('rdbms.mssql.authType', unless('basic'), code, ofOthers)],
  refused(code, ofOthers, 'rdbms.bigquery.**', 'rdbms.key', 'rdbms.passphrase', 'rdbms._iClientId'),
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
