/** What brings files of a flow and takes them away: one for each kind of place where they lie. Folders are paths as users write them. */
import type { Chunks } from '../../formats/format.ts'
import type { FileFailure } from './failure.ts'
import type { Listed, Look } from './listing/next-files.ts'

export interface Found {
  readonly name: string
  readonly size: number
  /** ISO time. */
  readonly lastModified: string
  /** That time leaves out the seconds. */
  readonly isToTheMinute?: boolean
}

/** Which files of a folder are asked for. */
export interface Wanted extends Look {
  fits(name: string): boolean
  /** All that fit begin with it, for a place that can be asked for these alone. */
  readonly startsWith: string
}

export interface OpenFile {
  readonly size: number
  /** A file that was changed has another one. */
  readonly version: string
  /** Not beyond what it held when it was opened: somebody may write faster than we read. */
  readonly chunks: Chunks
  close(): Promise<void>
}

/** How a file comes to its final name. */
export interface WayToName {
  /** Tells writers of the same name apart. What one of them left behind when it was killed is written over when it comes back. */
  readonly by: string
  /** What it is called until it is complete, where users say so. */
  readonly draftName?: string | undefined
  /** It has its final name at once: some servers rename nothing. */
  readonly atOnce?: boolean | undefined
  /** How S3 encrypts it. */
  readonly encryption?: string | undefined
}

/** Files that grow at their ends. */
export interface FileEnds {
  /** How long a file is; 0 where it is not there. Bytes. */
  size(folder: string, name: string): Promise<number>
  /** To its end, from a byte on. */
  read(folder: string, name: string, from: number): Chunks
  /** Behind all that is there: the file and its folder are made where they are missing. What a try wrote that broke off may stay. */
  append(folder: string, name: string, content: Chunks): Promise<void>
}

export interface FileTransport {
  /** Nobody sees a file before it is complete. */
  readonly filesAppearWhole?: boolean
  /** The next of those that are wanted, in their order. Hidden files are left out: those that are still being written are such. */
  list(folder: string, wanted: Wanted): Promise<Listed<Found>>
  open(folder: string, name: string): Promise<OpenFile>
  /** Removes a file that went through, after it has come to the backup folder where there is one. One that was changed since it was read stays. */
  putAway(folder: string, name: string, version: string, backup: string | undefined, now: Date): Promise<void>
  /**
   * A file is there as a whole or not at all; its folder is made where it is missing. One of the same name is written over. `content` is the file from its
   * beginning, each time it is called: how long it is nobody knows before its end.
   */
  write(folder: string, name: string, content: () => Chunks, way: WayToName): Promise<void>
  /** Absent where nothing is written at the end of a file that is there. */
  readonly ends?: FileEnds
  /** Throws where no file could have this name. */
  mustBeName(name: string): void
  /** Throws where the place cannot be used, or the folder is not there. */
  look(folder: string): Promise<void>
  /** What an error of its own means; undefined for one that is none of its own. */
  explain(error: unknown): FileFailure | undefined
}

/** A copy of an earlier file of that name stays: the new one has the time in its name. */
export const stampedName = (name: string, now: Date): string => `${now.toISOString().replaceAll(/[-:]/g, '')}-${name}`
