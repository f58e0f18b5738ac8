/** The files that were sent to one export: named by their keys, so that they are read in the order in which they came. */
import type { RowsOf } from '../../../domain/ports/store.ts'
import { FileFailure } from '../files/failure.ts'
import { NextFiles } from '../files/listing/next-files.ts'
import type { FileTransport, Found } from '../files/transport.ts'
import { readBlob } from '../kept-bytes.ts'

type Rows = RowsOf<'blobs' | 'uploads'>

/** What tells them apart stands ahead of what they are called, whose ending says what is in them. */
const nameOf = (key: string, fileName: string): string => `${key}-${fileName}`
const keyOf = (name: string): string => name.slice(0, name.indexOf('-'))

export function uploadTransport(rows: (() => Rows) | undefined, envId: string, signal: AbortSignal): FileTransport {
  const kept = (): Rows => {
    if (!rows) throw new FileFailure('blobs_unavailable', 'Files that were sent cannot be read here.')
    return rows()
  }
  const writesNothing = async (): Promise<never> => {
    throw new FileFailure('path_refused', 'Nothing is written where files are sent to.')
  }
  return {
    filesAppearWhole: true,
    async list(exportId, { fits, ...look }) {
      const next = new NextFiles<Found>(look)
      for (const { key, fileName, bytes, createdAt, isComplete } of await kept().uploads.list(envId, exportId)) {
        const name = nameOf(key, fileName)
        if (isComplete && fits(name)) next.add({ name, size: bytes, lastModified: createdAt })
      }
      return next.take()
    },
    async open(_exportId, name) {
      const { blobs } = kept()
      const blob = await blobs.find(envId, keyOf(name))
      if (!blob) throw new FileFailure('file_missing', 'The file is no longer there.')
      return { size: blob.bytes, version: blob.key, chunks: readBlob({ blobs }, envId, blob.key, signal), close: async () => undefined }
    },
    async putAway(exportId, name, _version, _backup, now) {
      await kept().uploads.remove(envId, exportId, keyOf(name), now.toISOString())
    },
    write: writesNothing,
    mustBeName: () => undefined,
    look: async () => undefined,
    explain: () => undefined,
  }
}
