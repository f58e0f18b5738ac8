/** Every database that can be used, by the type of its connections. A database is its file and a line here. */
import type { Database } from '../database.ts'
import { bigquery } from './bigquery.ts'
import { mariadb, mysql } from './mysql.ts'
import { oracle } from './oracle/oracle.ts'
import { postgresql, redshift } from './postgresql.ts'
import { snowflake } from './snowflake.ts'
import { azuresynapse, mssql } from './sqlserver.ts'

const databases: Readonly<Record<string, Database>> = {
  postgresql,
  redshift,
  mysql,
  mariadb,
  mssql,
  azuresynapse,
  oracle,
  snowflake,
  bigquery,
}

/** As a list of a sentence. */
export const usableKinds = Object.keys(databases)
  .join(', ')
  .replace(/, (\w+)$/, ' and $1')

export const findDatabase = (type: string | undefined): Database | undefined =>
  type !== undefined && Object.hasOwn(databases, type) ? databases[type] : undefined
