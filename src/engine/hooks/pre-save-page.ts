/** preSavePage: gets a page of an export before anything after it does, and gives the page that goes on. A throw stops the flow. */
import { StepFailure, type Failure, type FileMeta, type FlowRecord, type Run } from '../adaptor.ts'
import type { Hook } from './call-function.ts'
import { parseFailures, isHookRecord } from './hook-options.ts'

const source = 'pre_save_page_hook'

/** A record that failed, as it would be sent again. */
export interface Failed {
  readonly record: FlowRecord
  /** Its position in the page as it was fetched; 0 for one that the hook made. */
  readonly index: number
  readonly failures: readonly Failure[]
}

interface SavedPage {
  readonly records: readonly FlowRecord[]
  /** Records with what is wrong with them. */
  readonly failed: readonly Failed[]
  /** What is wrong with the page as a whole: nothing can be sent again. */
  readonly failures: readonly Failure[]
  /** The export is to make no more pages. */
  readonly abort: boolean
}

/** `fileMeta` is what is known of the file that the records were read from. */
export type PreSavePage = (
  records: readonly FlowRecord[],
  failed: readonly Failed[],
  pageIndex: number,
  fileMeta?: FileMeta,
) => Promise<SavedPage>

export function createPreSavePage(hook: Hook, run: Run): PreSavePage {
  return async (records, failed, pageIndex, fileMeta) => {
    const keyOf = (position: number): string => `retry-${pageIndex}-${position}`
    const returned = await hook.call({
      data: records,
      errors: failed.flatMap(({ failures }, i) => failures.map((failure) => ({ ...failure, retryDataKey: keyOf(i) }))),
      files: fileMeta ? records.map(() => ({ fileMeta })) : [],
      retryData: Object.fromEntries(failed.map(({ record }, i) => [keyOf(i), { data: record, stage: 'transformation' }])),
      pageIndex,
      ...(run.lastExportDateTime && { lastExportDateTime: run.lastExportDateTime }),
      currentExportDateTime: run.currentExportDateTime,
    })
    if (!isHookRecord(returned) || Array.isArray(returned)) throw broken('preSavePage has to return an object with data.')
    const { data, abort } = returned
    if (!Array.isArray(data) || !data.every(isHookRecord)) throw broken('preSavePage has to return data that is a list of records.')
    return { records: data, ...sorted(returned, failed, keyOf), abort: abort === true }
  }
}

const broken = (message: string): StepFailure => new StepFailure({ source, code: 'script_error', message })

/** Errors that keep their retry data stay those of their record; without `errors` in the answer all stay as they were. */
function sorted(
  returned: Readonly<Record<string, unknown>>,
  failed: readonly Failed[],
  keyOf: (position: number) => string,
): Pick<SavedPage, 'failed' | 'failures'> {
  const { errors, newErrorsAndRetryData } = returned
  const positions = new Map(failed.map((_, i) => [keyOf(i), i]))
  const kept = failed.map(({ record, index }) => ({ record, index, failures: [] as Failure[] }))
  const alone: Failure[] = []
  for (const error of Array.isArray(errors) ? (errors as unknown[]) : []) {
    const key = isHookRecord(error) && !Array.isArray(error) ? error['retryDataKey'] : undefined
    const position = typeof key === 'string' ? positions.get(key) : undefined
    const into = position === undefined ? alone : kept[position]?.failures
    into?.push(...parseFailures([error], source))
  }
  const old = Array.isArray(errors) ? kept.filter(({ failures }) => failures.length > 0) : failed
  return { failed: [...old, ...newlyFailed(newErrorsAndRetryData)], failures: alone }
}

function newlyFailed(value: unknown): Failed[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((each: unknown): Failed[] => {
    const { retryData, errors } = isHookRecord(each) && !Array.isArray(each) ? each : { retryData: undefined, errors: undefined }
    const failures = parseFailures(errors, source)
    // Retry data comes as the record, or as what an error of the page has: the record in `data`.
    const inner = isHookRecord(retryData) && !Array.isArray(retryData) && 'stage' in retryData ? retryData['data'] : retryData
    return failures.length > 0 ? [{ record: isHookRecord(inner) ? inner : {}, index: 0, failures }] : []
  })
}
