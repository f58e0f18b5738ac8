/** The fields of file servers: their connections, and what exports and imports over these say of folders and names. */
import { carried, kept, only, refused, refusedWhere, unless, type Field } from './field.ts'

const shown = 'engine/adaptors/sftp.test.ts'
const partner = 'Tells clients which trading partner the values come from.'

export const fileServerConnections: readonly Field[] = only(
  'ftp',
  [refusedWhere('ftp.type', unless('sftp'), 'connection_type_unsupported', 'FTP and FTPS are not spoken yet: ftp.type can be sftp.')],
  carried(
    shown,
    ...['hostURI', 'username', 'port', 'password', 'authKey', 'hostKey', 'enableHostVerification', 'userDirectoryIsRoot'].map(
      (name) => `ftp.${name}`,
    ),
  ),
  carried(shown, 'ftp.concurrencyLevel', 'ftp.targetConcurrencyLevel'),
  kept(
    'An affair of FTP and FTPS.',
    ...['usePassiveMode', 'useImplicitFtps', 'requireSocketReUse', 'entryParser'].map((name) => `ftp.${name}`),
  ),
  refused(
    'field_unsupported',
    'Files are not encrypted and decrypted yet.',
    ...['pgpEncryptKey', 'pgpDecryptKey', 'pgpSignAndVerify'].map((name) => `ftp.${name}`),
  ),
  kept('Says more of a key for files, which is refused.', 'ftp.pgpPassphrase', 'ftp.pgpKeyAlgorithm'),
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
