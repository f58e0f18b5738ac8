/** Connections to file servers over FTP, FTPS and SFTP. */
import { ref, secret } from '../../kit.ts'
import { choice, flag, optional, number, object, text } from '../../shared/schema-helpers.ts'
import { concurrency } from './parts.ts'

const parsers = [
  'UNIX',
  'UNIX-TRIM',
  'VMS',
  'WINDOWS',
  'OS/2',
  'OS/400',
  'AS/400',
  'MVS',
  'UNKNOWN-TYPE',
  'NETWARE',
  'MACOS-PETER',
] as const
const old = { deprecated: true }

export const ftp = object('A file server. Required for type `ftp`.', {
  type: choice(['ftp', 'sftp', 'ftps'], 'Protocol: plain, over SSH, or over TLS.'),
  hostURI: text('Name or address of the server, without a protocol.'),
  username: text('User name.'),
  ...optional({
    port: number('Port of the server. 21 for `ftp` and `ftps`, 22 for `sftp` by default; 990 where TLS begins at once.', {
      minimum: 0,
      maximum: 65535,
    }),
    password: secret({ description: 'Password. For `sftp` a key does as well, and the password opens one that is encrypted.' }),
    authKey: secret({ description: 'Private SSH key, in PEM, for `sftp`.' }),
    hostKey: text(
      "Fingerprint of the server's key for `sftp`, as `ssh-keygen -l` writes it (`SHA256:...`); the one that it first shows where it is absent. A server that shows another one is sent nothing.",
    ),
    usePassiveMode: flag('True lets the server open the port for data, which passes firewalls; false opens it on this side.', {
      default: true,
    }),
    enableHostVerification: flag(
      'True refuses a server for `sftp` whose key is neither pinned nor known. False takes a certificate for another name, for `ftps`, where it is looked at otherwise.',
    ),
    userDirectoryIsRoot: flag('True reads paths from the home folder of the user, false from the root of the server.', { default: false }),
    useImplicitFtps: flag('True begins TLS at once, false after a command, for `ftps`.', { default: false }),
    requireSocketReUse: flag('True continues the TLS session on the port for data, as some servers demand.', { default: false }),
    entryParser: choice(parsers, 'How the server writes its lists of files that people read. Found out where nothing is said.'),
    pgpEncryptKey: secret({ ...old, description: 'Key for encrypting files. Now in `pgp`.' }),
    pgpDecryptKey: secret({ ...old, description: 'Key for decrypting files. Now in `pgp`.' }),
    pgpPassphrase: secret({ ...old, description: 'Opens the key for decrypting. Now in `pgp`.' }),
    pgpKeyAlgorithm: choice(
      ['CAST5', '3DES', 'AES-128', 'AES-192', 'AES-256'],
      'Cipher for encrypting files. Now said by each import.',
      old,
    ),
    pgpSignAndVerify: flag('True signs files and checks signatures. Now in `pgp`.', { ...old, default: false }),
    tradingPartner: flag('True for the server of a trading partner.', { readOnly: true }),
    _tpConnectorId: ref('tradingpartnerconnectors', { description: 'Trading partner connector that the values come from.' }),
  }),
  ...concurrency(1),
})
