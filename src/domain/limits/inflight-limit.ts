/** How much of what reaches outside an account may have under way while somebody waits for it. Counted by each server for itself. */
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'

/** Of one account. Each may hold an answer of an application in memory. */
const most = 25

const underWay = new Map<string, number>()

export async function atOnce<T>({ caller: { accountId } }: Context, work: () => Promise<T>): Promise<T> {
  const now = underWay.get(accountId) ?? 0
  if (now >= most)
    throw new DomainError('too_many_at_once', `The account has ${most} requests to applications under way. Try again when one is done.`)
  underWay.set(accountId, now + 1)
  try {
    return await work()
  } finally {
    const left = (underWay.get(accountId) ?? 1) - 1
    if (left > 0) underWay.set(accountId, left)
    else underWay.delete(accountId)
  }
}
