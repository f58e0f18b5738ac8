/** The open errors of a step: reads them all, groups them, corrects their records, sends them again. */
import type { OperationResult } from '../src/contract/operations/index.ts'
import type { Api } from './api.ts'
import { corrected, type Order } from './applications/orders.ts'
import type { Built } from './build.ts'

export type FlowError = OperationResult<'listStepErrors'>['errors'][number]

/** As many as one request takes. */
const batchSize = 1000
/** Records that are corrected at the same time. */
const hands = 8

const stepOf = ({ flow, import: step }: Built) => ({ _id: flow, _stepId: step })

/** Where the next page begins. */
const nextOf = (nextPageURL: string | undefined): string | undefined =>
  (nextPageURL && URL.parse(nextPageURL, 'http://sluice.invalid')?.searchParams.get('after')) || undefined

export async function openErrors(api: Api, built: Built): Promise<{ errors: FlowError[]; pages: number }> {
  const errors: FlowError[] = []
  let pages = 0
  let after: string | undefined
  do {
    const page = await api.call('listStepErrors', { params: stepOf(built), query: after === undefined ? {} : { after } })
    errors.push(...page.errors)
    after = nextOf(page.nextPageURL)
    pages++
  } while (after)
  return { errors, pages }
}

export async function resolvedCount(api: Api, built: Built): Promise<number> {
  let found = 0
  let after: string | undefined
  do {
    const page = await api.call('listResolvedErrors', { params: stepOf(built), query: after === undefined ? {} : { after } })
    found += page.resolved.length
    after = nextOf(page.nextPageURL)
  } while (after)
  return found
}

/** Most frequent first. */
export function grouped(errors: readonly FlowError[]): (readonly [FlowError, number])[] {
  const groups = [...Map.groupBy(errors, ({ source, code, message }) => `${source} ${code} ${message}`).values()]
  return groups.map((group) => [group[0] as FlowError, group.length] as const).toSorted(([, a], [, b]) => b - a)
}

/** Reads each record as it failed, mends it, and puts it back. */
export async function correctAll(api: Api, built: Built, errors: readonly FlowError[]): Promise<void> {
  const left = [...errors]
  const work = async (): Promise<void> => {
    for (let error = left.pop(); error; error = left.pop()) {
      const params = { ...stepOf(built), retryDataKey: error.retryDataKey ?? '' }
      const kept = await api.call('getRetryData', { params })
      await api.call('updateRetryData', { params, body: { ...kept, data: corrected(kept.data as Order) } })
    }
  }
  await Promise.all(Array.from({ length: hands }, work))
}

/** Answers the jobs, with the number of records of each. */
export async function retryAll(api: Api, built: Built, errors: readonly FlowError[]): Promise<{ id: string; records: number }[]> {
  const keys = errors.flatMap(({ retryDataKey }) => retryDataKey ?? [])
  const jobs: { id: string; records: number }[] = []
  for (let from = 0; from < keys.length; from += batchSize) {
    const retryDataKeys = keys.slice(from, from + batchSize)
    const { _jobId } = await api.call('retryErrors', { params: stepOf(built), body: { retryDataKeys } })
    jobs.push({ id: _jobId, records: retryDataKeys.length })
  }
  return jobs
}
