/** The rows of bytes that are too large for a row: kept in parts, under a key, until their time is over. */

interface NewBlob {
  readonly key: string
  readonly fileName?: string
  readonly createdAt: string
  readonly expiresAt: string
}

export interface Blob extends NewBlob {
  readonly bytes: number
  readonly parts: number
}

export interface Blobs {
  add(envId: string, blob: NewBlob): Promise<void>
  find(envId: string, key: string): Promise<Blob | undefined>
  /** Appends a part of a megabyte at the most. Throws where there is no such blob. */
  addPart(envId: string, key: string, content: Uint8Array): Promise<void>
  /** From 1 on; undefined after the last one. */
  readPart(envId: string, key: string, part: number): Promise<Uint8Array | undefined>
  /** What all of an environment hold. */
  measure(envId: string): Promise<{ readonly blobs: number; readonly bytes: number }>
  /** It is removed at this time. */
  expire(envId: string, key: string, at: string): Promise<void>
  /** Removes what has expired, so many parts at the most; answers how many there were. */
  purge(now: string, most: number): Promise<number>
}
