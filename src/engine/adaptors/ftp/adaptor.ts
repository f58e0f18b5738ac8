/** File servers over SFTP, FTP and FTPS. */
import { createHash } from 'node:crypto'
import type { Adaptor, ConnectionDoc, Run } from '../../adaptor.ts'
import type { PrivateNetwork } from '../../outgoing/address-guard.ts'
import { filesAt } from '../files/adaptor.ts'
import type { FilePorts } from '../files/client.ts'
import { shareSessions, type Sessions } from '../files/share-sessions.ts'
import type { FileTransport } from '../files/transport.ts'
import { openFtpSession } from './ftps/session.ts'
import { ftpTransport } from './ftps/transport.ts'
import { hostKeysOf, type Ftp } from './sftp/host-key.ts'
import { openSftpSession } from './sftp/session.ts'
import { sftpTransport } from './sftp/transport.ts'

export interface FtpPorts extends FilePorts {
  readonly privateNetwork: PrivateNetwork
}

type FtpConnection = ConnectionDoc & { readonly ftp: Ftp }

/** integrator.io's default for file servers. */
const defaultConcurrencyLevel = 1
/** Connections whose sessions are remembered. */
const mostRemembered = 1_000

export const fileServer = (ports: FtpPorts): Required<Adaptor> => {
  const sftpSessions = rememberByIdentity((connection, latest) =>
    shareSessions(
      () => openSftpSession(connection.ftp, ports.privateNetwork, hostKeysOf(connection, latest().sessions)),
      Number.POSITIVE_INFINITY,
    ),
  )
  const ftpSessions = rememberByIdentity((connection) => shareSessions(() => openFtpSession(connection, ports.privateNetwork), 1))
  const open = (document: ConnectionDoc, run: Run): FileTransport => {
    const connection = document as FtpConnection
    const { signal } = run
    const way = { fromHome: connection.ftp.userDirectoryIsRoot ?? false, signal, firstWait: ports.firstWait }
    return connection.ftp.type === 'sftp'
      ? sftpTransport({ sessions: sftpSessions(connection, run), ...way })
      : ftpTransport({ sessions: ftpSessions(connection, run), ...way })
  }
  return filesAt(
    {
      type: 'ftp',
      exportType: 'FTPExport',
      importType: 'FTPImport',
      noun: 'a file server',
      folderField: 'ftp.directoryPath',
      level: defaultConcurrencyLevel,
      levels: ({ ftp }) => ftp ?? {},
      ofExport: ({ ftp, file }) =>
        ftp?.directoryPath
          ? {
              folder: ftp.directoryPath,
              startsWith: ftp.fileNameStartsWith,
              endsWith: ftp.fileNameEndsWith,
              backup: ftp.backupDirectoryPath || file?.backupPath || undefined,
            }
          : undefined,
      ofImport: ({ ftp, file }) =>
        ftp?.directoryPath
          ? {
              folder: ftp.directoryPath,
              fileName: ftp.fileName,
              draftName: ftp.inProgressFileName,
              backup: ftp.backupDirectoryPath || file?.backupPath,
            }
          : undefined,
      pingFolder: () => '',
      obstacle: () => undefined,
      open,
    },
    ports,
  )
}

/** Sessions of a connection that says the same are the same, for whichever run that came last. */
function rememberByIdentity<S>(
  make: (connection: FtpConnection, latest: () => Run) => Sessions<S>,
): (connection: FtpConnection, run: Run) => Sessions<S> {
  const known = new Map<string, { readonly sessions: Sessions<S>; run: Run }>()
  return (connection, run) => {
    const { _id, ftp, ssl } = connection
    const identity = createHash('sha256')
      .update(JSON.stringify([_id, ftp, ssl]))
      .digest('base64')
    const entry = known.get(identity) ?? remember(connection, run, make)
    entry.run = run
    known.delete(identity)
    known.set(identity, entry)
    const oldest = known.size > mostRemembered ? known.keys().next().value : undefined
    if (oldest !== undefined) known.delete(oldest)
    return entry.sessions
  }
}

function remember<S>(connection: FtpConnection, run: Run, make: (connection: FtpConnection, latest: () => Run) => Sessions<S>) {
  const entry: { readonly sessions: Sessions<S>; run: Run } = { run, sessions: make(connection, () => entry.run) }
  return entry
}
