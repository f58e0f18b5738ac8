/** Tries a connection: whether its place can be used, and the folder that it names is there. */
import { StepFailure, type ConnectionDoc, type Failure, type Run } from '../../adaptor.ts'
import { fileClient, type FilePorts } from './client.ts'
import type { FilePlace } from './place.ts'

export async function pingFolder(place: FilePlace, ports: FilePorts, connection: ConnectionDoc, run: Run): Promise<Failure | undefined> {
  const { work, transport } = fileClient(place, ports, { connection, run })
  const folder = place.pingFolder(connection)
  if (folder === undefined) return undefined
  try {
    await work(folder === '' ? 'The connection' : folder, () => transport.look(folder))
    return undefined
  } catch (error) {
    if (error instanceof StepFailure) return error.failure
    throw error
  }
}
