/** Relational databases: connections that are tried by asking them, exports that read the results of statements, imports that write rows. */
import type { Adaptor, FieldOf } from '../../adaptor.ts'
import { readConnection, type DatabasePorts } from './client.ts'
import type { Database } from './database.ts'
import { findDatabase } from './engines/index.ts'
import { databaseExport } from './export.ts'
import { databaseImport } from './import.ts'
import { pingDatabase } from './ping.ts'
import { openSessions } from './sessions.ts'

const fieldsOfConnection: Readonly<Record<string, string>> = {
  database_unsupported: 'rdbms.type',
  invalid_option: 'rdbms.options',
  package_missing: 'rdbms.type',
}
const unproven = ({ name, isShownInPart }: Database): string =>
  `Exports and imports of ${name} ${isShownInPart ? 'are shown as far as a session is opened' : 'are shown on its protocol'}, and were not run against a real server: try the flow on data that may be lost first.`

const fields: Readonly<Record<string, string>> = {
  export_type_unsupported: 'type',
  invalid_batch_size: 'rdbms.bulkInsert.batchSize',
  lookup_unsupported: 'rdbms.lookups',
  template_failed: 'rdbms.query',
}
const fieldOfStep: FieldOf = (code) => fields[code] ?? 'rdbms'

export function rdbms(ports: DatabasePorts): Required<Adaptor> {
  const { privateNetwork = 'refuse', send, originOf } = ports
  const sessions = openSessions({ privateNetwork, send, originOf })
  return {
    connections: {
      isFor: ({ type }) => type === 'rdbms',
      fieldOf: (code) => fieldsOfConnection[code] ?? 'rdbms',
      ready: async (connection) => void readConnection(connection),
      advise: ({ rdbms: block }) => {
        const database = findDatabase(block?.type)
        return database?.isUnproven ? [{ field: 'rdbms.type', message: unproven(database) }] : []
      },
      hasPing: (connection) => findDatabase(connection.rdbms?.type) !== undefined,
      ping: (connection, run) => pingDatabase(ports, sessions, connection, run),
    },
    source: databaseExport(ports, sessions, fieldOfStep),
    sink: databaseImport(ports, sessions, fieldOfStep),
  }
}
