/** What a target says of encryption, as Node has it. */
import { checkServerIdentity, type ConnectionOptions } from 'node:tls'
import type { Target } from '../target.ts'

export function readTls({
  tls: { mode, ...identity },
}: Target): Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'checkServerIdentity'> {
  return {
    ...identity,
    rejectUnauthorized: mode.startsWith('verify'),
    checkServerIdentity: mode === 'verify-full' ? checkServerIdentity : () => undefined,
  }
}
