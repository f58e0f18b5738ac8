/** What goes in and out of the work on files by a file definition. */
import type { FileDefinitionDocument } from '../../../contract/document.ts'
import type { ReceivedInterchange } from './acknowledgement/received.ts'

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
  /** Told of each interchange of EDI that is through, where it is to be acknowledged. */
  readonly received?: ((interchange: ReceivedInterchange) => void) | undefined
}

export interface RowWriter {
  readonly template: string
  /** The record as the template sees it: lists are lists, and no text holds a mark. */
  toInput(record: unknown): unknown
  /** Whether what the template made asks for a control number: by its name, or by leaving that of an interchange empty. */
  asksForNumber(rendered: string): boolean
  /** What the template made of a record, as rows of a file. Throws `UnwritableContent`. */
  assemble(rendered: string, profile: Profile | undefined, controlNumber?: number): string
}

export interface StructuredWriting {
  readonly writer: RowWriter
  readonly profile: Profile | undefined
  /** What the template of the writer makes of a record. */
  readonly render: (record: unknown) => Promise<string>
  /** The next control number of the EDI profile, which nobody else gets; absent where it has none. */
  readonly takeNumber?: (() => Promise<number>) | undefined
}
