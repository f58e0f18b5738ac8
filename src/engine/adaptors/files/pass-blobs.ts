/** Imports that pass the bytes of files on: each record names one, by the key under which they are kept (`blobKeyPath`). */
import type { Blob } from '../../../domain/ports/flows/blobs.ts'
import type { ImportDoc, Outcome, Run, Submission } from '../../adaptor.ts'
import { StepFailure } from '../../adaptor.ts'
import { toText } from '../../values/plain-value.ts'
import { valueAt } from '../../values/value-at.ts'
import type { Chunks } from '../../formats/format.ts'
import { isBlobKey, readBlob, type Storage } from '../kept-bytes.ts'
import { stepFailure } from './check-options.ts'

/** A page whose commit fails is sent again, and needs them once more. Milliseconds. */
const removedAfterMs = 60 * 60 * 1000

interface Passing {
  readonly doc: ImportDoc
  readonly run: Run
  readonly storage: Storage | undefined
}

/** What a record names. Throws `StepFailure` where it is not there. */
export async function findBlob(
  { doc, run, storage }: Passing,
  { record, mapped }: Submission,
): Promise<{ readonly blob: Blob; readonly content: () => Chunks }> {
  if (!storage) throw stepFailure('blobs_unavailable', 'The bytes of files are not kept here.')
  const path = doc.blobKeyPath?.trim() || 'blobKey'
  const key = valueAt(mapped, path) ?? valueAt(record, path)
  if (key === undefined || key === null || key === '')
    throw stepFailure('blob_key_missing', `The record names no file: there is nothing at ${path} (blobKeyPath).`)
  // What is kept for other purposes has keys of another form.
  const blob = isBlobKey(toText(key)) ? await storage.rows.blobs.find(run.envId, toText(key)) : undefined
  if (!blob)
    throw stepFailure(
      'blob_missing',
      `What was kept of the file ${toText(key).slice(0, 100)} is no longer there: its time was over, or it was removed.`,
    )
  return { blob, content: () => readBlob(storage.rows, run.envId, blob.key, run.signal) }
}

/** Where the import says so, of one that was passed on. */
export async function forgetBlob({ doc, run, storage }: Passing, { key }: Blob): Promise<void> {
  if (!(doc.deleteAfterImport || doc.file?.delete) || run.previewsImports) return
  await storage?.rows.blobs.expire(run.envId, key, new Date(Date.now() + removedAfterMs).toISOString())
}

/** One outcome a record: `send` puts the bytes where they belong, each time from the first. */
export async function passBlob(
  passing: Passing,
  submission: Submission,
  send: (content: () => Chunks, blob: Blob) => Promise<Outcome>,
): Promise<Outcome> {
  try {
    const { blob, content } = await findBlob(passing, submission)
    const outcome = await send(content, blob)
    if (outcome.kind === 'done') await forgetBlob(passing, blob)
    return outcome
  } catch (error) {
    if (error instanceof StepFailure) return { kind: 'failed', failures: [error.failure] }
    throw error
  }
}
