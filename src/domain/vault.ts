/** Seals secrets with AES-256-GCM. A sealed text names its key, so that keys can be rotated: the first key seals, every key opens. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import type { Vault } from './ports.ts'

export const keyBytes = 32
const ivBytes = 12
const tagBytes = 16
const version = 'v1'

/** Eight hex digits that name a key without telling anything of it. */
export const keyId = (key: Buffer): string => createHash('sha256').update('sluice key id').update(key).digest('hex').slice(0, 8)

export function openVault(keys: readonly [Buffer, ...Buffer[]]): Vault {
  const byId = new Map(keys.map((key) => [keyId(key), key]))
  const current = keys[0]
  return {
    seal(plain, context) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', current, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return [version, keyId(current), Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')].join('.')
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
  }
}
