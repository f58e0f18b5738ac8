/** How the files of a step are encrypted and decrypted with PGP: the keys are its connection's, the rest is said by the step. */
import type { ConnectionDoc, ExportDoc, ImportDoc } from '../../adaptor.ts'
import { StepFailure } from '../../adaptor.ts'
import type { Chunks } from '../../formats/format.ts'
import { decryptPgp, encryptPgp, readKeys, UnusableKey, type Encryption, type SaidKeys } from '../../formats/pgp.ts'
import { stepFailure } from './check-options.ts'

type Through = (chunks: Chunks) => Chunks

const unchanged: Through = (chunks) => chunks

/** What is said of keys where it is said now, or where it was said once, for file servers. */
function saidKeys({ pgp, ftp }: ConnectionDoc): SaidKeys {
  return {
    publicKey: pgp?.publicKey || ftp?.pgpEncryptKey,
    privateKey: pgp?.privateKey || ftp?.pgpDecryptKey,
    passphrase: pgp?.passphrase || ftp?.pgpPassphrase,
  }
}

const older: Readonly<Record<string, string>> = {
  CAST5: 'cast5',
  '3DES': '3des',
  'AES-128': 'aes128',
  'AES-192': 'aes192',
  'AES-256': 'aes256',
}

/** Throws `StepFailure` where the keys cannot be used. */
export async function createDecryption({ file }: ExportDoc, connection: ConnectionDoc): Promise<Through> {
  if (file?.decrypt !== 'pgp') return unchanged
  const said = saidKeys(connection)
  if (!said.privateKey) throw keyMissing('privateKey', 'to decrypt files (file.decrypt)')
  const keys = await explained(() => readKeys(said))
  return (chunks) => decryptPgp(chunks, keys)
}

/** Throws `StepFailure` where the keys cannot be used. */
export async function createEncryption({ file }: ImportDoc, connection: ConnectionDoc): Promise<Through> {
  if (!file?.encrypt) return unchanged
  const said = saidKeys(connection)
  if (!said.publicKey) throw keyMissing('publicKey', 'to encrypt files (file.encrypt)')
  const { ftp, pgp } = connection
  const hashAlgorithm = file.pgp?.hashAlgorithm ?? (ftp?.pgpSignAndVerify ? 'sha256' : undefined)
  if (hashAlgorithm && !said.privateKey) throw keyMissing('privateKey', 'to sign files (file.pgp.hashAlgorithm)')
  const keys = await explained(() => readKeys(hashAlgorithm ? said : { publicKey: said.publicKey }))
  const encryption: Encryption = {
    compressionAlgorithm: pgp?.compressionAlgorithm,
    asciiArmored: pgp?.asciiArmored,
    symmetricKeyAlgorithm: file.pgp?.symmetricKeyAlgorithm ?? older[ftp?.pgpKeyAlgorithm ?? ''],
    hashAlgorithm,
  }
  return (chunks) => encryptPgp(chunks, keys, encryption)
}

const keyMissing = (field: string, why: string): StepFailure =>
  stepFailure('pgp_key_missing', `The connection has no key ${why}: set its pgp.${field}.`)

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UnusableKey) throw new StepFailure({ source: 'connection', code: error.code, message: error.message })
    throw error
  }
}
