/** Imports that pass the bytes of files on: each record names one, by the key under which they are kept (`blobKeyPath`). */
import type { Blob } from '../../../domain/ports/flows/blobs.ts'
import type { ImportDoc, Outcome, Run, Submission } from '../../adaptor.ts'
import { StepFailure } from '../../adaptor.ts'
import { toText } from '../../values/plain-value.ts'
import { valueAt } from '../../values/value-at.ts'
import type { Chunks } from '../../formats/format.ts'
import { readBlob, type Storage } from '../kept-bytes.ts'
import { stepFailure } from './check-options.ts'

/** A page whose commit fails is sent again, and needs them once more. Milliseconds. */
const removedAfterMs = 60 * 60 * 1000

interface Passing {
  readonly doc: ImportDoc
  readonly run: Run
  readonly storage: Storage | undefined
}

/** One outcome a record: `send` puts the bytes where they belong, each time from the first. */
export async function passBlob(
  { doc, run, storage }: Passing,
  { record, mapped }: Submission,
  send: (content: () => Chunks, blob: Blob) => Promise<Outcome>,
): Promise<Outcome> {
  try {
    if (!storage) throw stepFailure('blobs_unavailable', 'The bytes of files are not kept here.')
    const { blobs } = storage.rows
    const path = doc.blobKeyPath?.trim() || 'blobKey'
    const key = valueAt(mapped, path) ?? valueAt(record, path)
    if (key === undefined || key === null || key === '')
      throw stepFailure('blob_key_missing', `The record names no file: there is nothing at ${path} (blobKeyPath).`)
    const found = await blobs.find(run.envId, toText(key))
    if (!found)
      throw stepFailure(
        'blob_missing',
        `What was kept of the file ${toText(key).slice(0, 100)} is no longer there: its time was over, or it was removed.`,
      )
    const outcome = await send(() => readBlob(storage.rows, run.envId, found.key, run.signal), found)
    if (outcome.kind === 'done' && doc.deleteAfterImport && !run.previewsImports)
      await blobs.expire(run.envId, found.key, new Date(Date.now() + removedAfterMs).toISOString())
    return outcome
  } catch (error) {
    if (error instanceof StepFailure) return { kind: 'failed', failures: [error.failure] }
    throw error
  }
}
