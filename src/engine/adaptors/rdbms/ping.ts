/** Tries a connection: whether its database lets it in and answers. */
import { StepFailure, type ConnectionDoc, type Failure, type Run } from '../../adaptor.ts'
import { databaseClient, type DatabasePorts } from './client.ts'
import type { Sessions } from './sessions.ts'

export async function pingDatabase(
  ports: DatabasePorts,
  sessions: Sessions,
  connection: ConnectionDoc,
  run: Run,
): Promise<Failure | undefined> {
  const client = databaseClient(ports, sessions, connection, run)
  try {
    await client.work((session) => session.run({ parts: [client.database.pingStatement ?? 'select 1'], values: [] }))
    return undefined
  } catch (error) {
    if (error instanceof StepFailure) return error.failure
    throw error
  }
}
