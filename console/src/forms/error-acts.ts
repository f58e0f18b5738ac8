/** Retries, resolves, assigns, tags and downloads errors: those that are chosen, or all that match, in batches of what one request takes. */
import { useState } from 'react'
import { call, explain } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { readErrorPage, type Chosen, type StepError, type StepParams } from '../api/step-errors.ts'
import { words } from '../words.ts'
import { notify } from '../parts/notices.tsx'
import { formatCount } from '../parts/time.tsx'
import { saveAs } from './download-files.ts'

/** Errors that one request takes. */
const batchSize = 1000
/** Errors of one download: more are a job for the API. */
const mostDownloaded = 100_000

const touched = [
  'listStepErrors',
  'listResolvedErrors',
  'listFlowErrors',
  'listIntegrationErrors',
  'listTiles',
  'listLatestFlowJobs',
] as const

/** The chosen errors in batches, each read when the one before is done. What was resolved is gone from the list: `again` reads from its beginning. */
async function* batchesOf(params: StepParams, chosen: Chosen, again: boolean): AsyncGenerator<readonly StepError[]> {
  if ('errors' in chosen) {
    for (let at = 0; at < chosen.errors.length; at += batchSize) yield chosen.errors.slice(at, at + batchSize)
    return
  }
  for (let after: string | undefined; ;) {
    const { errors, next } = await readErrorPage(params, false, chosen.filter, after)
    if (errors.length > 0) yield errors
    if (next === undefined) return
    after = again ? undefined : next
  }
}

const idsOf = (errors: readonly StepError[]): string[] => errors.map(({ errorId }) => errorId)

export function useErrorActs(params: StepParams, onDone: () => void) {
  const [isBusy, setBusy] = useState(false)
  const [done, setDone] = useState(0)
  const act = async (work: () => Promise<string>): Promise<void> => {
    setBusy(true)
    setDone(0)
    try {
      notify(await work())
      onDone()
    } catch (error) {
      notify(explain(error), true)
    } finally {
      setBusy(false)
      await refresh(queryClient, touched)
    }
  }
  const each = async (chosen: Chosen, send: (errors: readonly StepError[]) => Promise<unknown>, again = false): Promise<string> => {
    let count = 0
    for await (const errors of batchesOf(params, chosen, again)) {
      await send(errors)
      count += errors.length
      setDone(count)
    }
    return formatCount(count)
  }
  return {
    isBusy,
    done,
    retry: (chosen: Chosen) =>
      void act(async () => {
        if ('filter' in chosen) await call('retryErrors', { params, body: { filter: chosen.filter } })
        else await each(chosen, (errors) => call('retryErrors', { params, body: { errorIds: idsOf(errors) } }))
        return words.errors.retried
      }),
    resolve: (chosen: Chosen) =>
      void act(async () =>
        words.errors.resolvedNow(await each(chosen, (errors) => call('resolveErrors', { params, body: { errors: idsOf(errors) } }), true)),
      ),
    assign: (chosen: Chosen, email: string) =>
      act(async () =>
        words.errors.assignedNow(
          await each(chosen, (errors) => call('assignStepErrors', { params, body: { errorIds: idsOf(errors), email } })),
          email,
        ),
      ),
    tag: (chosen: Chosen, tagIds: string[]) =>
      act(async () =>
        words.errors.taggedNow(
          await each(chosen, (errors) => call('tagStepErrors', { params, body: { errorIds: idsOf(errors), tagIds } })),
        ),
      ),
    download: (chosen: Chosen) => void act(() => downloadErrors(params, chosen, setDone)),
  }
}

async function downloadErrors(params: StepParams, chosen: Chosen, onProgress: (count: number) => void): Promise<string> {
  const rows: StepError[] = []
  for await (const errors of batchesOf(params, chosen, false)) {
    rows.push(...errors)
    onProgress(rows.length)
    if (rows.length >= mostDownloaded) break
  }
  saveAs(new Blob([asCsv(rows)], { type: 'text/csv' }), 'errors.csv')
  return words.errors.downloaded(formatCount(rows.length))
}

const columns = ['occurredAt', 'source', 'code', 'classification', 'message', 'traceKey', 'errorId', 'retryDataKey', '_flowJobId'] as const

/** What begins like a formula is text to a spreadsheet, too. */
const cell = (text = ''): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const asCsv = (errors: readonly StepError[]): string =>
  [columns.join(','), ...errors.map((error) => columns.map((column) => cell(error[column])).join(','))].join('\r\n')
