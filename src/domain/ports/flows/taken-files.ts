/** Files that exports have read and left where they are. */

/** A folder as an export of a flow reads it. */
export interface ReadFolder {
  readonly envId: string
  readonly flowId: string
  readonly exportId: string
  readonly folder: string
}

export interface TakenFile {
  readonly name: string
  /** Of a file that was written anew it is another one. */
  readonly print: string
}

/** Times are in ISO format. */
export interface TakenFiles {
  /** The names of those that were taken as they are. Remembers that they are still there. */
  listTaken(folder: ReadFolder, files: readonly TakenFile[], now: string): Promise<ReadonlySet<string>>
  take(folder: ReadFolder, file: TakenFile, now: string): Promise<void>
  /** Of files that are gone; called after a look at all that are there. */
  forgetGone(folder: ReadFolder, now: string): Promise<void>
}
