/** What the vault signs: known again under every key at hand, for its purpose and no other. */
import { expect, test } from 'vitest'
import { openVault } from '../../src/domain/vault.ts'

const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] as const

test('a signature is known again after the keys are rotated, and by nobody without its key', () => {
  const signature = openVault([old]).sign('text', 'tokens')
  expect(openVault([fresh, old]).isSigned('text', signature, 'tokens')).toBe(true)
  expect(openVault([fresh]).isSigned('text', signature, 'tokens')).toBe(false)
})

test('a signature is for one text and one purpose', () => {
  const vault = openVault([fresh])
  const signature = vault.sign('text', 'tokens')
  expect(vault.isSigned('text ', signature, 'tokens')).toBe(false)
  expect(vault.isSigned('text', signature, 'others')).toBe(false)
  for (const none of ['', '-', signature.slice(0, 9), `${signature}A`, signature.replace('-', '')])
    expect(vault.isSigned('text', none, 'tokens')).toBe(false)
})
