/** Passwords as they are kept: hashes of argon2id, sealed for their user. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Vault } from '../context.ts'
import { DomainError } from '../errors.ts'

/** Memory in KiB, passes, and lanes: more than OWASP asks for (19 MiB, 2 passes), and some 60 ms of a processor. */
const cost = { memory: 32 * 1024, passes: 3, parallelism: 1 } as const
/** Bytes of a hash, and of the salt that it was made with. */
const hashBytes = 32
const saltBytes = 16
/** Hashes that are made at once, each with its memory, on threads that file reads need too; and callers that wait for one, a few seconds at the most. */
const atOnce = 2
const mostWaiting = 40

interface Kept extends Readonly<typeof cost> {
  readonly salt: string
  readonly hash: string
}

const derive = promisify(argon2)
let running = 0
const waiting: (() => void)[] = []

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) {
    if (waiting.length >= mostWaiting)
      throw new DomainError('server_busy', 'More people sign in at the moment than this server can let in at once. Try again shortly.')
    await new Promise<void>((begin) => waiting.push(begin))
  } else running++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

/** The same password however it was typed: a letter with its accent, or both one after the other. */
const toBytes = (password: string): Buffer => Buffer.from(password.normalize('NFKC'))

const computeHash = (password: string, nonce: Buffer, { memory, passes, parallelism }: Readonly<typeof cost>): Promise<Buffer> =>
  inTurn(() => derive('argon2id', { message: toBytes(password), nonce, memory, passes, parallelism, tagLength: hashBytes }))

const placeOf = (userId: string): string => `password/${userId}`

export async function sealPassword(vault: Vault, userId: string, password: string): Promise<string> {
  const nonce = randomBytes(saltBytes)
  const hash = await computeHash(password, nonce, cost)
  const kept: Kept = { ...cost, salt: nonce.toString('base64'), hash: hash.toString('base64') }
  return vault.seal(JSON.stringify(kept), placeOf(userId))
}

/** Takes as long for somebody who has no password as for one who has another: from the time nobody learns who is a user. */
export async function isPassword(
  vault: Vault,
  of: { readonly userId: string; readonly sealed?: string } | undefined,
  password: string,
): Promise<boolean> {
  const kept = of?.sealed === undefined ? undefined : (JSON.parse(vault.open(of.sealed, placeOf(of.userId))) as Kept)
  const hash = await computeHash(password, kept ? Buffer.from(kept.salt, 'base64') : randomBytes(saltBytes), kept ?? cost)
  return timingSafeEqual(hash, kept ? Buffer.from(kept.hash, 'base64') : randomBytes(hashBytes)) && kept !== undefined
}
