/** The file system of the server, below one folder that whoever runs it has set. */
import { StepFailure, type Adaptor, type ConnectionDoc } from '../../adaptor.ts'
import { filesAt } from '../files/adaptor.ts'
import type { FilePorts } from '../files/client.ts'
import { fileSystemTransport } from './transport.ts'

export interface FileSystemPorts extends FilePorts {
  /** Folder below which flows may use files, each environment in the folder of its id; absent where they may use none. */
  readonly files?: string
}

/** integrator.io's default for file systems. */
const defaultConcurrencyLevel = 1

export const fileSystem = (ports: FileSystemPorts): Required<Adaptor> =>
  filesAt(
    {
      type: 'filesystem',
      exportType: 'FileSystemExport',
      importType: 'FileSystemImport',
      noun: 'a file system',
      folderField: 'filesystem.directoryPath',
      level: defaultConcurrencyLevel,
      levels: ({ filesystem = {} }) => filesystem,
      ofExport: ({ filesystem, file }) =>
        filesystem?.directoryPath ? { folder: filesystem.directoryPath, backup: file?.backupPath || undefined } : undefined,
      ofImport: ({ filesystem, file }) =>
        filesystem?.directoryPath ? { folder: filesystem.directoryPath, backup: file?.backupPath } : undefined,
      pingFolder: ({ filesystem }: ConnectionDoc) => filesystem?.ping?.directoryPath?.trim() || undefined,
      obstacle: () => (ports.files === undefined ? unavailable() : undefined),
      open: (_connection, { envId }) => fileSystemTransport(ports.files ?? '', envId),
    },
    ports,
  )

const unavailable = (): StepFailure =>
  new StepFailure({
    source: 'connection',
    code: 'files_unavailable',
    message: 'Flows of this server may use no files: whoever runs it has set no folder for them (SLUICE_FILES).',
  })
