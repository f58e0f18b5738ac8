/** What a format is: bytes to records and back, whatever brought them. */
import type { FlowRecord } from '../adaptor.ts'

/** In their order. */
export type Chunks = AsyncIterable<Uint8Array>

interface Reading {
  /** As `TextDecoder` calls it. */
  readonly encoding: string
  /** Where the records stand in what was read. */
  readonly resourcePath?: string
}

export interface Format {
  /** Throws `UnreadableContent`. Takes no more chunks than the records that are asked for need. */
  read(chunks: Chunks, reading: Reading): AsyncIterable<FlowRecord>
  write(records: readonly unknown[], resourcePath: string | undefined): string
}

/** The content is not of its format, or beyond the bounds of it. Its message goes on after the name of what was read: "line 3 is not JSON." */
export class UnreadableContent extends Error {
  override readonly name = 'UnreadableContent'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
