/** File servers over SFTP, FTP and FTPS. */
import { createHash } from 'node:crypto'
import type { Adaptor, ConnectionDoc, Run } from '../../adaptor.ts'
import type { PrivateNetwork } from '../../outgoing/address-guard.ts'
import { filesAt } from '../files/adaptor.ts'
import type { FilePorts } from '../files/client.ts'
import { shareSessions, type Sessions } from '../files/share-sessions.ts'
import type { FileTransport } from '../files/transport.ts'
import { openSftpSession, type Ftp, type SftpSession } from './sftp/session.ts'
import { sftpTransport } from './sftp/transport.ts'

export interface FtpPorts extends FilePorts {
  readonly privateNetwork: PrivateNetwork
}

/** integrator.io's default for file servers. */
const defaultConcurrencyLevel = 1
/** Connections whose sessions are remembered. */
const mostRemembered = 1_000

export const fileServer = (ports: FtpPorts): Required<Adaptor> => {
  const sessionsOf = rememberByIdentity((ftp: Ftp) =>
    shareSessions(() => openSftpSession(ftp, ports.privateNetwork), Number.POSITIVE_INFINITY),
  )
  const open = (connection: ConnectionDoc, { signal }: Run): FileTransport => {
    const ftp = connection.ftp as Ftp
    return sftpTransport({
      sessions: sessionsOf(connection),
      fromHome: ftp.userDirectoryIsRoot ?? false,
      signal,
      firstWait: ports.firstWait,
    })
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
      ofImport: ({ ftp }) =>
        ftp?.directoryPath
          ? { folder: ftp.directoryPath, fileName: ftp.fileName, draftName: ftp.inProgressFileName, backup: ftp.backupDirectoryPath }
          : undefined,
      pingFolder: () => '',
      obstacle: () => undefined,
      open,
    },
    ports,
  )
}

/** Sessions of a connection that says the same are the same. */
function rememberByIdentity(make: (ftp: Ftp) => Sessions<SftpSession>): (connection: ConnectionDoc) => Sessions<SftpSession> {
  const known = new Map<string, Sessions<SftpSession>>()
  return ({ _id, ftp }) => {
    const identity = createHash('sha256')
      .update(JSON.stringify([_id, ftp]))
      .digest('base64')
    const sessions = known.get(identity) ?? make(ftp as Ftp)
    known.delete(identity)
    known.set(identity, sessions)
    const oldest = known.size > mostRemembered ? known.keys().next().value : undefined
    if (oldest !== undefined) known.delete(oldest)
    return sessions
  }
}
