/** Amazon DynamoDB: exports by queries, imports that write and change items. */
import { StepFailure, type Adaptor, type FieldOf } from '../../adaptor.ts'
import { dynamoClient, readKey, type DynamoPorts } from './client.ts'
import { dynamodbExport } from './export.ts'
import { dynamodbImport } from './import.ts'

const fields: Readonly<Record<string, string>> = { export_type_unsupported: 'type' }
const fieldOfStep: FieldOf = (code) => fields[code] ?? 'dynamodb'

export function dynamodb(ports: DynamoPorts): Required<Adaptor> {
  return {
    connections: {
      isFor: ({ type }) => type === 'dynamodb',
      fieldOf: () => 'dynamodb.aws',
      ready: async (connection) => void readKey(connection),
      hasPing: () => true,
      async ping(connection, run) {
        try {
          await dynamoClient(ports, connection, run).call('ListTables', { Limit: 1 })
          return undefined
        } catch (error) {
          if (!(error instanceof StepFailure)) throw error
          // A key that may do something else than list tables is one that DynamoDB knows.
          return error.failure.code === 'AccessDeniedException' ? undefined : error.failure
        }
      },
    },
    source: dynamodbExport(ports, fieldOfStep),
    sink: dynamodbImport(ports, fieldOfStep),
  }
}
