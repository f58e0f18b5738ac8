/** Archives that are unpacked at once: what they hold is in memory until their integration is written, so bytes are handed out by account. */
import { DomainError } from '../../errors.ts'

const mb = 1024 * 1024
/** Bytes unpacked at once, of all accounts: the largest archive, and some small ones beside it. An unpacked byte costs some two in memory. */
const maxAll = 160 * mb
/** Archives of one account that are unpacked at once. */
const maxOfAccount = 1
/** Archives of one account that wait, each with the bytes that were sent. */
const maxWaiting = 4
/** How long one waits. Milliseconds. */
const waitMs = 30_000

interface Waiting {
  readonly accountId: string
  readonly bytes: number
  readonly begin: () => void
}

let all = 0
const atWork = new Map<string, number>()
let waiting: Waiting[] = []

const fits = ({ accountId, bytes }: Waiting): boolean => (atWork.get(accountId) ?? 0) < maxOfAccount && (all === 0 || all + bytes <= maxAll)

/** The first who fits: one account's second archive keeps no other account waiting. */
function next(): void {
  for (const each of waiting) {
    if (!fits(each)) continue
    waiting = waiting.filter((one) => one !== each)
    all += each.bytes
    atWork.set(each.accountId, (atWork.get(each.accountId) ?? 0) + 1)
    each.begin()
  }
}

/** `bytes`: what the archive says that it holds; it is read to no more than that. */
export async function withUnpackBudget<T>(accountId: string, bytes: number, work: () => Promise<T>): Promise<T> {
  const others = waiting.filter((each) => each.accountId === accountId).length
  if (others >= maxWaiting) throw tooMany()
  await new Promise<void>((resolve, reject) => {
    const entry: Waiting = { accountId, bytes, begin: () => (clearTimeout(timer), resolve()) }
    const timer = setTimeout(() => {
      waiting = waiting.filter((each) => each !== entry)
      reject(tooMany())
    }, waitMs)
    waiting.push(entry)
    next()
  })
  try {
    return await work()
  } finally {
    all -= bytes
    const left = (atWork.get(accountId) ?? 1) - 1
    if (left > 0) atWork.set(accountId, left)
    else atWork.delete(accountId)
    next()
  }
}

const tooMany = (): DomainError =>
  new DomainError('too_many_at_once', 'Other archives are being unpacked, of this account or of others. Send this one when they are done.')
