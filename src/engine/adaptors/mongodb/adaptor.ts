/** MongoDB: exports of documents and aggregations, imports that add and change documents. */
import { StepFailure, type Adaptor, type FieldOf } from '../../adaptor.ts'
import { mongoClient, type MongoPorts } from './client.ts'
import { driver, mongoClients } from './clients.ts'
import { mongodbExport } from './export.ts'
import { mongodbImport } from './import.ts'
import { readMongoTarget } from './target.ts'

const fieldsOfConnection: Readonly<Record<string, string>> = { invalid_host: 'mongodb.host', package_missing: 'type' }
const fields: Readonly<Record<string, string>> = { export_type_unsupported: 'type' }
const fieldOfStep: FieldOf = (code) => fields[code] ?? 'mongodb'

const unproven =
  'Exports and imports of MongoDB are shown on its protocol, and were not run against a real server: try the flow on data that may be lost first.'

export function mongodb(ports: MongoPorts): Required<Adaptor> {
  const clients = mongoClients(ports.privateNetwork ?? 'refuse')
  return {
    connections: {
      isFor: ({ type }) => type === 'mongodb',
      fieldOf: (code) => fieldsOfConnection[code] ?? 'mongodb',
      async ready(connection) {
        readMongoTarget(connection)
        driver.check()
      },
      advise: () => [{ field: 'type', message: unproven }],
      hasPing: () => true,
      async ping(connection, run) {
        try {
          const client = mongoClient(ports, clients, connection, run)
          const { database = 'admin' } = readMongoTarget(connection)
          await client.again(() =>
            client.inSlot(() => clients.use(readMongoTarget(connection), 'nearest', (on) => on.db(database).command({ ping: 1 }))),
          )
          return undefined
        } catch (error) {
          if (error instanceof StepFailure) return error.failure
          throw error
        }
      },
    },
    source: mongodbExport(ports, clients, fieldOfStep),
    sink: mongodbImport(ports, clients, fieldOfStep),
  }
}
