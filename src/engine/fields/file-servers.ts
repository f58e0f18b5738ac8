/** The fields of file servers: their connections, and what exports and imports over these say of folders and names. */
import { carried, except, kept, only, unless, type Field } from './field.ts'

const shown = 'engine/adaptors/sftp.test.ts'
const shownOfFtp = 'engine/adaptors/ftp.test.ts'
const partner = 'Tells clients which trading partner the values come from.'

export const fileServerConnections: readonly Field[] = only(
  'ftp',
  carried(shownOfFtp, 'ftp.type', 'ftp.usePassiveMode', 'ftp.useImplicitFtps'),
  kept('Connections for data always go on in the TLS session of the commands.', 'ftp.requireSocketReUse'),
  carried(
    shown,
    ...['hostURI', 'username', 'port', 'password', 'authKey', 'hostKey', 'enableHostVerification', 'userDirectoryIsRoot'].map(
      (name) => `ftp.${name}`,
    ),
  ),
  carried(shown, 'ftp.concurrencyLevel', 'ftp.targetConcurrencyLevel'),
  except(carried('engine/adaptors/ftp-replies.test.ts', 'ftp.entryParser'), {
    code: 'field_unsupported',
    says: 'Lists of files are read in the standard form (MLSD), and as Unix and Windows write them.',
    asks: unless('UNIX', 'UNIX-TRIM', 'WINDOWS', 'UNKNOWN-TYPE'),
  }),
  carried(
    'engine/adaptors/pgp.test.ts',
    ...['pgpEncryptKey', 'pgpDecryptKey', 'pgpPassphrase', 'pgpKeyAlgorithm', 'pgpSignAndVerify'].map((name) => `ftp.${name}`),
  ),
  kept(partner, 'ftp._tpConnectorId', 'ftp.tradingPartner'),
)

export const fileServerExports: readonly Field[] = only(
  'FTP',
  carried(
    'cases/ftp/export/folders.json',
    'ftp.directoryPath',
    'ftp.fileNameStartsWith',
    'ftp.fileNameEndsWith',
    'ftp.backupDirectoryPath',
  ),
  kept(partner, 'ftp._tpConnectorId'),
)

export const fileServerImports: readonly Field[] = only(
  'FTP',
  carried('cases/ftp/import/files.json', 'ftp.directoryPath', 'ftp.fileName', 'ftp.inProgressFileName', 'ftp.backupDirectoryPath'),
  kept(partner, 'ftp._tpConnectorId'),
)
