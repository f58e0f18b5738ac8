/** Answers that are ready to send: files, and text that comes from the store and goes to the caller without being parsed on the way. */

/** The JSON text of one value. */
export class JsonText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** One page of a list, as the JSON texts of its records. `next` says where the following page begins, if there is one. */
export class JsonPage {
  readonly records: readonly string[]
  readonly next: { readonly skip: number; readonly limit: number } | undefined
  constructor(records: readonly string[], next?: { skip: number; limit: number }) {
    this.records = records
    this.next = next
  }
}

/** A file to save. */
export class Bytes {
  readonly bytes: Buffer
  readonly fileName: string
  constructor(bytes: Buffer, fileName: string) {
    this.bytes = bytes
    this.fileName = fileName
  }
}
