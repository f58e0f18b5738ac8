/** Tries a connection: whether the folder that it names is there. */
import type { ConnectionDoc, Failure, Run } from '../../adaptor.ts'
import { StepFailure } from '../../adaptor.ts'
import { fileClient, type FileSystemPorts } from './client.ts'

export const hasPing = ({ filesystem }: ConnectionDoc): boolean => Boolean(filesystem?.ping?.directoryPath?.trim())

export async function pingFolder(ports: FileSystemPorts, connection: ConnectionDoc, run: Run): Promise<Failure | undefined> {
  const client = fileClient(ports, connection, run)
  if (!hasPing(connection)) return undefined
  const path = connection.filesystem?.ping?.directoryPath ?? ''
  try {
    await client.work(path, () => client.folder(path))
    return undefined
  } catch (error) {
    if (error instanceof StepFailure) return error.failure
    throw error
  }
}
