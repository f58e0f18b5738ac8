/** Limits how many calls that reach outside an account may have in flight while callers wait. Each server counts for itself. */
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'

/** Of one account. Each may hold an answer of an application in memory. */
const maxInflight = 25

/** Calls of its APIs: some are short, and many callers share an API. Each holds a request, a record and an answer of 5 MB at the most. */
const maxApiCalls = 100

type InflightLimit = <T>(asked: { readonly caller: Pick<Context['caller'], 'accountId'> }, work: () => Promise<T>) => Promise<T>

function createLimit(most: number, what: string): InflightLimit {
  const underWay = new Map<string, number>()
  return async ({ caller: { accountId } }, work) => {
    const now = underWay.get(accountId) ?? 0
    if (now >= most) throw new DomainError('too_many_at_once', `The account has ${most} ${what} under way. Try again when one is done.`)
    underWay.set(accountId, now + 1)
    try {
      return await work()
    } finally {
      const left = (underWay.get(accountId) ?? 1) - 1
      if (left > 0) underWay.set(accountId, left)
      else underWay.delete(accountId)
    }
  }
}

export const withInflightLimit = createLimit(maxInflight, 'requests to applications')
export const withCallLimit = createLimit(maxApiCalls, 'calls of its APIs')
