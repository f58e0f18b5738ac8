/** What goes in and out of the work on files by a file definition. */
import type { FileDefinitionDocument } from '../../../contract/document.ts'

/** What an EDI profile says, by the names of its fields. */
export type Profile = Readonly<Record<string, unknown>>

/** What is wrong with a record, and where. */
export interface RowFault {
  readonly code: string
  /** A sentence about the file, without its name: "row 7 (N1) is not expected here". */
  readonly message: string
}

export interface StructuredReading {
  readonly definition: FileDefinitionDocument
  readonly profile?: Profile | undefined
  readonly resourcePath?: string | undefined
  /** Records that cannot be read are left out and told of, and the others go on. */
  readonly isPartial?: boolean | undefined
}

export interface RowWriter {
  readonly template: string
  /** The record as the template sees it: lists are lists, and no text holds a mark. */
  toInput(record: unknown): unknown
  /** What the template made of a record, as rows of a file. Throws `UnwritableContent`. */
  assemble(rendered: string, profile: Profile | undefined): string
}

export interface StructuredWriting {
  readonly writer: RowWriter
  readonly profile: Profile | undefined
  /** What the template of the writer makes of a record. */
  readonly render: (record: unknown) => Promise<string>
}
