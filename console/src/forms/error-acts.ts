/** Retries, resolves, assigns, tags and downloads errors: those that are chosen, in batches of what one request takes, or all that match, by a job of the server. */
import { useState } from 'react'
import { errorColumns, toErrorRow } from '../../../src/contract/operations/flows/error-csv.ts'
import { call, explain, type CallInput } from '../api/client.ts'
import { refreshRows } from '../api/paged-queries.ts'
import { errorLists, type Chosen, type ErrorScope, type StepError, type StepParams } from '../api/step-errors.ts'
import { errorWords } from '../words/errors.ts'
import { notify } from '../parts/notices.tsx'
import { formatCount } from '../parts/time.tsx'
import { useUrlState } from '../url-state.ts'
import { saveAs } from './download-files.ts'

/** Errors that one request takes. */
const batchSize = 1000

type Order = Pick<CallInput<'startErrorJob'>['body'], 'action' | 'email' | 'tagIds'>
type SendBatch = (params: StepParams, errorIds: string[]) => Promise<unknown>

export function useErrorActs(scope: ErrorScope, onDone: () => void) {
  const { isBusy, act } = useWork(onDone)
  const [, followJob] = useUrlState('job')
  /** What the server does by itself is followed in the bar above the list, and by the address. */
  const start = async (filter: object, order: Order): Promise<undefined> => {
    const { _id } = await call('startErrorJob', { body: { ...scope, ...order, filter } })
    followJob(_id)
  }
  const change = (chosen: Chosen, order: Order, send: SendBatch, told: (n: string) => string): Promise<void> =>
    act(chosen, async () =>
      'filter' in chosen ? start(chosen.filter, order) : told(formatCount(await sendInBatches(chosen.errors, send))),
    )
  return {
    isBusy,
    retry: (chosen: Chosen) =>
      tellRefusal(
        change(
          'filter' in chosen ? chosen : { errors: chosen.errors.filter(({ retryDataKey }) => retryDataKey !== undefined) },
          { action: 'retry' },
          (params, errorIds) => call('retryErrors', { params, body: { errorIds } }),
          (n) => (n === '0' ? errorWords.noRecord : errorWords.retried),
        ),
      ),
    resolve: (chosen: Chosen) =>
      tellRefusal(
        change(
          chosen,
          { action: 'resolve' },
          (params, errors) => call('resolveErrors', { params, body: { errors } }),
          errorWords.resolvedNow,
        ),
      ),
    assign: (chosen: Chosen, email: string) =>
      change(
        chosen,
        { action: 'assign', email },
        (params, errorIds) => call('assignStepErrors', { params, body: { errorIds, email } }),
        (n) => errorWords.assignedNow(n, email),
      ),
    tag: (chosen: Chosen, tagIds: string[]) =>
      change(
        chosen,
        { action: 'tag', tagIds },
        (params, errorIds) => call('tagStepErrors', { params, body: { errorIds, tagIds } }),
        errorWords.taggedNow,
      ),
    download: (chosen: Chosen) =>
      tellRefusal(
        act(chosen, async () => {
          if ('filter' in chosen) return start(chosen.filter, { action: 'download' })
          saveAs(new Blob([toCsv(chosen.errors)], { type: 'text/csv' }), 'errors.csv')
          return errorWords.downloaded(formatCount(chosen.errors.length))
        }),
      ),
  }
}

/** Does one thing at a time, and tells what came of it. Throws what is refused: a form shows it, and stays open. */
function useWork(onDone: () => void) {
  const [isBusy, setBusy] = useState(false)
  const act = async (chosen: Chosen, work: () => Promise<string | undefined>): Promise<void> => {
    setBusy(true)
    try {
      const told = await work()
      if (told !== undefined) notify(told)
      onDone()
    } finally {
      setBusy(false)
      await refreshRows(errorLists, new Set('errors' in chosen ? chosen.errors.map(({ errorId }) => errorId) : []))
    }
  }
  return { isBusy, act }
}

const tellRefusal = (work: Promise<void>): void => void work.catch((error: unknown) => notify(explain(error), true))

/** Step by step, since a request names one; each batch when the one before is done. */
async function sendInBatches(errors: readonly StepError[], send: SendBatch): Promise<number> {
  for (const ofStep of Map.groupBy(errors, ({ _flowId, _stepId }) => `${_flowId} ${_stepId}`).values()) {
    const { _flowId = '', _stepId = '' } = ofStep[0] ?? {}
    for (let at = 0; at < ofStep.length; at += batchSize) {
      const ids = ofStep.slice(at, at + batchSize).map(({ errorId }) => errorId)
      await send({ _id: _flowId, _stepId }, ids)
    }
  }
  return errors.length
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

const toCsv = (errors: readonly StepError[]): string =>
  [errorColumns, ...errors.map(toErrorRow)].map((row) => `${row.map(quoted).join(',')}\n`).join('')
