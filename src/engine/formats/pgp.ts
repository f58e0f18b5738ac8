/** Files that are encrypted or signed with PGP. */
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type * as OpenPgp from 'openpgp'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { UnreadableContent, UnwritableContent, type Chunks } from './format.ts'
import { gather } from './zip.ts'

const openpgp = lazyLoad<typeof OpenPgp>('openpgp')

/** What a connection says, in integrator.io's words. */
export interface SaidKeys {
  readonly publicKey?: string | undefined
  readonly privateKey?: string | undefined
  readonly passphrase?: string | undefined
}

export interface Encryption {
  readonly compressionAlgorithm?: string | undefined
  readonly asciiArmored?: boolean | undefined
  readonly symmetricKeyAlgorithm?: string | undefined
  /** Of the signature; files are not signed where it is absent. */
  readonly hashAlgorithm?: string | undefined
}

interface Keys {
  readonly own: OpenPgp.PrivateKey | undefined
  readonly partner: OpenPgp.PublicKey | undefined
}

/** A key cannot be used. Its message is a sentence, and holds nothing of the key. */
export class UnusableKey extends Error {
  override readonly name = 'UnusableKey'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** What a file may become when it is decrypted: nothing of it is handed on before it is known to be whole, so it is held in memory. Bytes. */
const maxDecrypted = 100 * 1024 * 1024

/** Throws `UnusableKey`. */
export async function readKeys({ publicKey, privateKey, passphrase }: SaidKeys): Promise<Keys> {
  return {
    partner: publicKey ? await readPublic(publicKey) : undefined,
    own: privateKey ? await readOwn(privateKey, passphrase ?? '') : undefined,
  }
}

async function readPublic(armoredKey: string): Promise<OpenPgp.PublicKey> {
  try {
    return (await openpgp().readKey({ armoredKey })).toPublic()
  } catch {
    throw new UnusableKey('pgp_key_invalid', 'The public key of the connection (pgp.publicKey) is no armoured PGP key.')
  }
}

async function readOwn(armoredKey: string, passphrase: string): Promise<OpenPgp.PrivateKey> {
  const locked = await openpgp()
    .readPrivateKey({ armoredKey })
    .catch(() => {
      throw new UnusableKey('pgp_key_invalid', 'The private key of the connection (pgp.privateKey) is no armoured private PGP key.')
    })
  if (locked.isDecrypted()) return locked
  try {
    return await openpgp().decryptKey({ privateKey: locked, passphrase })
  } catch {
    throw new UnusableKey('pgp_passphrase_wrong', 'The passphrase of the connection (pgp.passphrase) does not open its private key.')
  }
}

/** Throws `UnreadableContent`, also for a signature that is not that of the partner. */
export async function* decryptPgp(chunks: Chunks, { own, partner }: Keys): AsyncGenerator<Uint8Array> {
  const bytes = await gather(chunks, 'an encrypted file', 'let it be split.')
  const message = await readMessage(bytes)
  const decrypted = await openMessage(message, own, partner)
  for (const { verified, keyID } of decrypted.signatures) if (partner) await mustBeOf(partner, verified, keyID.toHex())
  yield decrypted.data as Uint8Array
}

async function readMessage(bytes: Buffer): Promise<OpenPgp.Message<Uint8Array>> {
  const isArmored = bytes.subarray(0, 200).toString('latin1').includes('-----BEGIN PGP ')
  try {
    return isArmored
      ? ((await openpgp().readMessage({ armoredMessage: bytes.toString('latin1') })) as unknown as OpenPgp.Message<Uint8Array>)
      : await openpgp().readMessage({ binaryMessage: new Uint8Array(bytes) })
  } catch {
    throw new UnreadableContent('pgp_not_encrypted', 'is not encrypted with PGP, or damaged: file.decrypt says that it is.')
  }
}

async function openMessage(
  message: OpenPgp.Message<Uint8Array>,
  own: OpenPgp.PrivateKey | undefined,
  partner: OpenPgp.PublicKey | undefined,
) {
  if (message.getEncryptionKeyIDs().length === 0)
    throw new UnreadableContent('pgp_not_encrypted', 'is not encrypted for a key: it is signed alone, or encrypted with a password.')
  try {
    return await openpgp().decrypt({
      message,
      ...(own && { decryptionKeys: own }),
      ...(partner && { verificationKeys: partner }),
      format: 'binary',
      config: { maxDecompressedMessageSize: maxDecrypted },
    })
  } catch (error) {
    const { message: why } = error as Error
    if (/maximum.*size|size.*exceed|decompressed/i.test(why))
      throw new UnreadableContent('content_too_large', `would have more than ${maxDecrypted / 1024 / 1024} MB when it is decrypted.`)
    if (/session key decryption failed|no decryption key|private key/i.test(why))
      throw new UnreadableContent('pgp_wrong_key', "is encrypted for another key than the connection's (pgp.privateKey).")
    throw new UnreadableContent('pgp_damaged', 'cannot be decrypted: it is damaged, cut off, or was changed on its way.')
  }
}

async function mustBeOf(partner: OpenPgp.PublicKey, verified: Promise<unknown>, id: string): Promise<void> {
  const isKnown = partner.getKeys().some((key) => key.getKeyID().toHex() === id)
  try {
    await verified
  } catch {
    throw new UnreadableContent(
      'pgp_signature_invalid',
      isKnown
        ? 'has a signature that is not valid: it was changed since it was signed.'
        : `is signed by the key ${id}, which is not the connection's (pgp.publicKey).`,
    )
  }
}

/** Bytes of the key of each cipher. */
const keyBytes = { aes128: 16, aes192: 24, aes256: 32, cast5: 16, '3des': 24 } as const
type Cipher = keyof typeof keyBytes
const isCipher = (name: string): name is Cipher => Object.hasOwn(keyBytes, name)

/** For the partner, as it comes. Throws `UnwritableContent`. */
export async function* encryptPgp(chunks: Chunks, { own, partner }: Keys, encryption: Encryption): AsyncGenerator<Uint8Array> {
  const { compressionAlgorithm = 'zip', asciiArmored = false, symmetricKeyAlgorithm = 'aes256', hashAlgorithm } = encryption
  if (!partner) throw new Error('a file is encrypted for somebody')
  const { createMessage, encrypt, enums } = openpgp()
  const binary = Readable.toWeb(Readable.from(chunks, { objectMode: false })) as unknown as OpenPgp.WebStream<Uint8Array>
  if (!isCipher(symmetricKeyAlgorithm)) throw new Error(`the cipher ${symmetricKeyAlgorithm} was let through`)
  try {
    const options = {
      message: await createMessage({ binary }),
      encryptionKeys: partner,
      sessionKey: {
        data: randomBytes(keyBytes[symmetricKeyAlgorithm]),
        algorithm: symmetricKeyAlgorithm === '3des' ? 'tripledes' : symmetricKeyAlgorithm,
      },
      ...(hashAlgorithm && own && { signingKeys: own }),
      config: {
        preferredCompressionAlgorithm: compressionAlgorithm === 'zlib' ? enums.compression.zlib : enums.compression.zip,
        ...(hashAlgorithm && { preferredHashAlgorithm: enums.hash[hashAlgorithm as 'sha256'] }),
      },
    } as const
    const encrypted = (await (asciiArmored
      ? encrypt({ ...options, format: 'armored' })
      : encrypt({ ...options, format: 'binary' }))) as unknown as AsyncIterable<Uint8Array | string>
    for await (const chunk of encrypted) yield typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk
  } catch (error) {
    if (error instanceof UnwritableContent || !(error as Error).message?.startsWith('Error encrypting message')) throw error
    throw new UnwritableContent(
      'pgp_key_unusable',
      `It cannot be encrypted with this key: ${(error as Error).message.replace(/^Error encrypting message: /, '')}.`,
    )
  }
}
