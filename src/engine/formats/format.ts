/** What a format is: bytes to records and back, whatever brought them. */
import type { CsvReading } from '../values/content-parsers.ts'
import type { XmlRules } from '../values/xml-tree.ts'
import type { Batch } from './batch.ts'
import type { StructuredReading, StructuredWriting } from './structured/work.ts'

/** In their order. */
export type Chunks = AsyncIterable<Uint8Array>

/** How delimited text is written, in integrator.io's words. */
export interface CsvWriting {
  readonly columnDelimiter?: string | undefined
  readonly rowDelimiter?: string | undefined
  readonly includeHeader?: boolean | undefined
  readonly wrapWithQuotes?: boolean | undefined
  readonly replaceTabWithSpace?: boolean | undefined
  readonly replaceNewlineWithSpace?: boolean | undefined
  readonly truncateLastRowDelimiter?: boolean | undefined
  readonly escapeFormulas?: boolean | undefined
  /** Those of a file that rows come to the end of: the records may name no others. */
  readonly columns?: readonly string[] | undefined
}

/** How a spreadsheet is read: the sheet of this name, or the first that is not hidden. */
export interface XlsxReading {
  readonly hasHeaderRow?: boolean | undefined
  readonly sheetName?: string | undefined
}

export interface XlsxWriting {
  readonly includeHeader?: boolean | undefined
  readonly sheetName?: string | undefined
}

/** How bytes are read. */
export interface Decoding {
  /** As `TextDecoder` calls it. */
  readonly encoding: string
  /** Bytes that are no character of the encoding are read as `\ufffd`. Otherwise nothing is read from their line on. */
  readonly replacesInvalid?: boolean | undefined
}

export interface Reading extends Decoding {
  /** Where the records stand in what was read. */
  readonly resourcePath?: string
  readonly csv?: CsvReading
  readonly xml?: XmlRules
  readonly xlsx?: XlsxReading | undefined
  readonly structured?: StructuredReading | undefined
}

export interface Writing {
  /** Where the records are to stand in what is written. */
  readonly resourcePath?: string | undefined
  readonly csv?: CsvWriting | undefined
  readonly xlsx?: XlsxWriting | undefined
  readonly structured?: StructuredWriting | undefined
  /** As `TextDecoder` calls it. */
  readonly encoding?: string | undefined
}

export interface Format {
  /** Throws `UnreadableContent`, after the records before the fault. Takes no more chunks than the records that are asked for need. */
  read(chunks: Chunks, reading: Reading): AsyncIterable<Batch>
  /** A text, or bytes where the format has no text. Throws `UnwritableContent`. */
  write(records: readonly unknown[], writing: Writing): string | Promise<string | Buffer>
  /**
   * The same of more records than memory holds, in parts that make one text. The records can be gone through again and again, each time from the first. Absent
   * where a format is written as a whole.
   */
  stream?(records: AsyncIterable<unknown>, writing: Writing): AsyncIterable<string>
  /** Throws `UnwritableContent` for a record that can never be written. */
  check?(record: unknown): void
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

/** The records cannot be written in a format. Its message is a sentence of its own. */
export class UnwritableContent extends Error {
  override readonly name = 'UnwritableContent'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
