/** Seals secrets with AES-256-GCM. A sealed text names its key, so that keys can be rotated: the first key seals, every key opens. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto'
import type { Vault } from './context.ts'

export const keyBytes = 32
const ivBytes = 12
const tagBytes = 16
const version = 'v1'

/** Eight hex digits that name a key without telling anything of it. */
export const keyId = (key: Buffer): string => createHash('sha256').update('sluice key id').update(key).digest('hex').slice(0, 8)

export function openVault(keys: readonly [Buffer, ...Buffer[]]): Vault {
  const byId = new Map(keys.map((key) => [keyId(key), key]))
  const current = keys[0]
  const currentId = keyId(current)
  const signers = new Map<string, KeyObject>()
  /** A key of its own for each purpose, so that none says anything of the key that seals. */
  const signerOf = (id: string, purpose: string): KeyObject | undefined => {
    const key = byId.get(id)
    const known = signers.get(`${id} ${purpose}`)
    if (known || !key) return known
    const made = createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `sluice sign ${purpose}`, keyBytes)))
    signers.set(`${id} ${purpose}`, made)
    return made
  }
  const mac = (signer: KeyObject, text: string): Buffer => createHmac('sha256', signer).update(text).digest()
  return {
    seal(plain, context) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', current, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return [version, currentId, Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')].join('.')
    },
    open(sealed, context) {
      const [, id = '', payload = ''] = sealed.split('.')
      const key = byId.get(id)
      if (!key) throw new Error(`no key ${id} to open a secret with; the keys at hand are ${[...byId.keys()].join(', ')}`)
      const bytes = Buffer.from(payload, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
      return decipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
    },
    sign: (text, purpose) => `${currentId}-${mac(signerOf(currentId, purpose) as KeyObject, text).toString('base64url')}`,
    isSigned(text, signature, purpose) {
      const [id = '', ...said] = signature.split('-')
      const signer = signerOf(id, purpose)
      if (!signer) return false
      const [right, given] = [mac(signer, text), Buffer.from(said.join('-'), 'base64url')]
      return right.length === given.length && timingSafeEqual(right, given)
    },
  }
}
