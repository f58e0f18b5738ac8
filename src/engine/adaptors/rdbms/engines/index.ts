/** Every database that can be used, by the type of its connections. A database is its file and a line here. */
import type { Database } from '../database.ts'
import { mariadb, mysql } from './mysql.ts'
import { postgresql, redshift } from './postgresql.ts'

const databases: Readonly<Record<string, Database>> = { postgresql, redshift, mysql, mariadb }

export const findDatabase = (type: string | undefined): Database | undefined =>
  type !== undefined && Object.hasOwn(databases, type) ? databases[type] : undefined
