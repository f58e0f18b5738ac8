/** The rows of files that are sent to data loaders. Their bytes are blobs of the same key. */
import type { Blob } from './blobs.ts'

export interface Upload extends Blob {
  readonly fileName: string
  readonly isComplete: boolean
}

export interface Uploads {
  /** Of one export, in the order of their keys, which is that in which they were begun. */
  list(envId: string, exportId: string): Promise<readonly Upload[]>
  /** Nobody else changes it before this transaction ends. */
  lock(envId: string, exportId: string, key: string): Promise<Upload | undefined>
  add(envId: string, exportId: string, key: string): Promise<void>
  complete(envId: string, exportId: string, key: string): Promise<void>
  /** False where there is none. What it held is removed at this time. */
  remove(envId: string, exportId: string, key: string, at: string): Promise<boolean>
}
