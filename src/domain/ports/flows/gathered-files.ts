/** The rows of files that imports put together of the records of a run: written once the run's last page is through. */

/** Where a file goes, as its templates made it when its first record came. */
export interface FileTarget {
  readonly directoryPath: string
  readonly fileName: string
  /** What it is called until it is complete. */
  readonly draftName?: string
  /** Folder of a copy. */
  readonly backup?: string
  /** Where its records stand in it. */
  readonly resourcePath?: string
  /** Where a file ended, by its path, before these records came to its end. */
  readonly appended?: { readonly path: string; readonly at: number }
}

/** Records for a file, as one page brought them. */
export interface GatheredPart {
  readonly key: string
  readonly number: number
  readonly target: FileTarget
  readonly records: number
  /** A record a line, as JSON. */
  readonly content: Uint8Array
}

export interface GatheredFile {
  readonly key: string
  readonly stepId: string
  readonly number: number
  readonly target: FileTarget
  readonly records: number
  /** How often it was written again by itself. */
  readonly retries: number
}

interface Owner {
  readonly flowId: string
  readonly jobId: string
}

/** Of a run that has ended without writing it. */
export interface AbandonedFile extends GatheredFile, Owner {
  readonly envId: string
  readonly status: string
}

export interface GatheredFiles {
  /** Within the transaction that commits their pages: parts of one step, in their order. */
  append(envId: string, owner: Owner, stepId: string, parts: readonly GatheredPart[], at: string): Promise<void>
  /** Those of a run that wait to be written, in their order. */
  list(envId: string, jobId: string): Promise<readonly GatheredFile[]>
  find(envId: string, key: string): Promise<GatheredFile | undefined>
  /** They wait for somebody, who finds them by an error of their step. */
  hold(envId: string, keys: readonly string[]): Promise<void>
  /** Another run writes it, in the place that is said. */
  adopt(envId: string, key: string, jobId: string, target: FileTarget, retries: number): Promise<void>
  /** They are written, and what they held is removed. */
  remove(envId: string, keys: readonly string[], at: string): Promise<void>
  /** Of runs that have ended, of whichever account: nobody else gets them before this transaction ends. */
  takeAbandoned(limit: number): Promise<readonly AbandonedFile[]>
}
