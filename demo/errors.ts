/** The open errors of a step: reads them all, groups them, corrects their records, sends them again. */
import type { Api } from './api.ts'
import { corrected, type Order } from './applications/orders.ts'
import type { Built } from './build.ts'

export interface FlowError {
  readonly errorId: string
  readonly source: string
  readonly code: string
  readonly message: string
  readonly traceKey?: string
  readonly retryDataKey?: string
}

/** As many as one request takes. */
const batchSize = 1000
/** Records that are corrected at the same time. */
const hands = 8

const stepPath = ({ flow, import: step }: Built): string => `/v1/flows/${flow}/${step}`

export async function openErrors(api: Api, built: Built): Promise<{ errors: FlowError[]; pages: number }> {
  const errors: FlowError[] = []
  let pages = 0
  for (let path: string | undefined = `${stepPath(built)}/errors`; path; pages++) {
    const page: { errors: FlowError[]; nextPageURL?: string } = await api.call('GET', path)
    errors.push(...page.errors)
    path = page.nextPageURL
  }
  return { errors, pages }
}

export async function resolvedCount(api: Api, built: Built): Promise<number> {
  let found = 0
  for (let path: string | undefined = `${stepPath(built)}/resolved`; path;) {
    const page: { resolved: unknown[]; nextPageURL?: string } = await api.call('GET', path)
    found += page.resolved.length
    path = page.nextPageURL
  }
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
      const path = `${stepPath(built)}/${error.retryDataKey}/data`
      const kept = await api.call<{ data: Order }>('GET', path)
      await api.call('PUT', path, { ...kept, data: corrected(kept.data) })
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
    const { _jobId } = await api.call<{ _jobId: string }>('POST', `${stepPath(built)}/retry`, { retryDataKeys })
    jobs.push({ id: _jobId, records: retryDataKeys.length })
  }
  return jobs
}
