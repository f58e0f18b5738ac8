/** The fields of connections to relational databases, and of the exports and imports over them. */
import { carried, except, kept, only, refused, refusedWhere, saysSomething, unless, type Described, type Field } from './field.ts'

const shownBy = 'engine/adaptors/rdbms.test.ts'
const unsupported = 'database_unsupported'

const typeOf = ({ rdbms }: Described): unknown => (rdbms as { readonly type?: unknown } | undefined)?.type

/** Fields that only one kind of database has a use for. */
const onlyOf = (types: readonly string[], name: string, by: string, ...paths: readonly string[]): Field[] =>
  except(carried(by, ...paths), {
    code: 'foreign_field',
    says: `Only connections to ${name} have a use for it.`,
    asks: (value, doc) => saysSomething(value) && !types.includes(String(typeOf(doc))),
  })

export const databaseConnections: readonly Field[] = only(
  'rdbms',
  except(carried('engine/adaptors/rdbms.test.ts', 'rdbms.type'), {
    code: unsupported,
    says: 'This server can use PostgreSQL, Redshift, MySQL and MariaDB; SQL Server, Azure Synapse, Oracle, Snowflake and BigQuery were not run against a real server.',
    elsewhere: true,
  }),
  carried('engine/adaptors/rdbms.test.ts', 'rdbms.host', 'rdbms.port', 'rdbms.database', 'rdbms.user', 'rdbms.password'),
  carried(shownBy, 'rdbms.concurrencyLevel', 'rdbms.targetConcurrencyLevel', 'rdbms.disableStrictSSL'),
  carried(shownBy, 'rdbms.ssl.ca', 'rdbms.ssl.cert', 'rdbms.ssl.key', 'rdbms.ssl.passphrase'),
  except(carried('cases/rdbms/import/write.json', 'rdbms.options[].name', 'rdbms.options[].value'), {
    code: 'invalid_option',
    says: 'Options are sslmode, connectTimeout, queryTimeout, and settings of a session of the database.',
    elsewhere: true,
  }),
  onlyOf(['snowflake'], 'Snowflake', 'engine/adaptors/snowflake.test.ts', 'rdbms.snowflake.**', 'rdbms.key', 'rdbms.passphrase'),
  onlyOf(['bigquery'], 'BigQuery', 'engine/adaptors/bigquery.test.ts', 'rdbms.bigquery.**'),
  onlyOf(['mssql', 'azuresynapse'], 'SQL Server', 'engine/adaptors/sqlserver.test.ts', 'rdbms.instanceName', 'rdbms.version'),
  onlyOf(['oracle'], 'Oracle', 'engine/adaptors/oracle.test.ts', 'rdbms.serviceName', 'rdbms.serverType'),
  [
    refusedWhere(
      'rdbms.mssql.authType',
      unless('basic'),
      unsupported,
      'SQL Server is asked by a user and a password: service principals of Azure cannot be used.',
    ),
  ],
  refused(unsupported, 'Service principals of Azure cannot be used.', 'rdbms._iClientId'),
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

const overJdbc = 'engine/adaptors/jdbc.test.ts'

export const jdbcConnections: readonly Field[] = only(
  'jdbc',
  except(carried(overJdbc, 'jdbc.type'), {
    code: unsupported,
    says: 'Over JDBC SQL Server and Oracle can be used. Other databases are connections of the type rdbms.',
    elsewhere: true,
  }),
  carried(overJdbc, 'jdbc.host', 'jdbc.port', 'jdbc.database', 'jdbc.user', 'jdbc.password'),
  carried(overJdbc, 'jdbc.concurrencyLevel', 'jdbc.targetConcurrencyLevel'),
  except(carried(overJdbc, 'jdbc.properties[].name', 'jdbc.properties[].value'), {
    code: 'invalid_option',
    says: 'Properties are encrypt, trustServerCertificate, loginTimeout and queryTimeout, for SQL Server.',
    elsewhere: true,
  }),
  except(carried('engine/adaptors/oracle.test.ts', 'jdbc.serviceName'), {
    code: 'foreign_field',
    says: 'Only connections to Oracle have a use for it.',
    asks: (value, { jdbc }) => saysSomething(value) && (jdbc as { readonly type?: unknown } | undefined)?.type !== 'oracle:thin',
  }),
  [
    refusedWhere(
      'jdbc.authType',
      unless('customjdbc'),
      unsupported,
      'Oracle is asked by a user and a password over JDBC: certificates belong to connections of the type rdbms (rdbms.ssl).',
    ),
  ],
  refused(unsupported, 'Certificates belong to connections of the type rdbms (rdbms.ssl).', 'jdbc.wallet'),
  refused(unsupported, 'There are no agents, and no drivers but those of this server.', 'jdbc.driverPath'),
  kept('Tells people which version it is.', 'jdbc.version'),
)

export const jdbcExports: readonly Field[] = only(
  'JDBC',
  carried(overJdbc, 'jdbc.query', 'jdbc.once.query'),
  kept('Tells editors how the statement was made.', 'jdbc.formType', 'jdbc.simple.table', 'jdbc.simple.columns[]', 'jdbc.simple.filter'),
)

export const jdbcImports: readonly Field[] = only(
  'JDBC',
  carried(overJdbc, 'jdbc.queryType[]', 'jdbc.query[]', 'jdbc.lookups[]', 'jdbc.bulkInsert.tableName', 'jdbc.bulkInsert.batchSize'),
  carried(overJdbc, 'jdbc.bulkLoad.tableName', 'jdbc.bulkLoad.primaryKeys[]', 'jdbc.bulkLoad.overrideMergeOrInsertQuery'),
)

export const isOfDatabase = (adaptorType: unknown): boolean => adaptorType === 'RDBMSExport' || adaptorType === 'JDBCExport'

interface Marking {
  readonly once?: { readonly query?: unknown }
}

/** Whether an export says by which statement a record is marked as exported. */
export const marksByStatement = ({ rdbms, jdbc }: Described): boolean =>
  [rdbms, jdbc].some((block) => saysSomething((block as Marking | undefined)?.once?.query))

/** What of an import says how to find out whether a record is there. */
export function recognisers({ rdbms }: Described): readonly unknown[] {
  const { updateExtract, updateLookupName, ignoreExtract, ignoreLookupName } = (rdbms ?? {}) as Readonly<Record<string, unknown>>
  return [updateExtract, updateLookupName, ignoreExtract, ignoreLookupName]
}
