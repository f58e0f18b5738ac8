/** Limits how many calls that reach outside an account may have in flight while callers wait. Each server counts for itself. */
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'

/** Of one account. Each may hold an answer of an application in memory. */
const maxInflight = 25

const underWay = new Map<string, number>()

export async function withInflightLimit<T>({ caller: { accountId } }: Context, work: () => Promise<T>): Promise<T> {
  const now = underWay.get(accountId) ?? 0
  if (now >= maxInflight)
    throw new DomainError(
      'too_many_at_once',
      `The account has ${maxInflight} requests to applications under way. Try again when one is done.`,
    )
  underWay.set(accountId, now + 1)
  try {
    return await work()
  } finally {
    const left = (underWay.get(accountId) ?? 1) - 1
    if (left > 0) underWay.set(accountId, left)
    else underWay.delete(accountId)
  }
}
