/** Documents as they are stored, and how they name each other. */

export type Doc = { _id: string; createdAt: string; lastModified: string; [field: string]: unknown }

/** Names a document of an account. */
export interface Key {
  readonly collection: string
  readonly id: string
}

export interface Reference extends Key {
  /** Dotted path of the field that refers, array positions included. */
  readonly path: string
}

export interface References {
  /** Every reference that the document holds. */
  readonly all: readonly Reference[]
  /** Those whose target has to exist. */
  readonly checked: readonly Reference[]
}

/** A document as it is stored. */
export interface Entry {
  readonly doc: Doc
  /** The sealed secrets of the document; what `doc` shows of them is the mask. */
  readonly secrets: string | undefined
}

/** A document that nobody else changes meanwhile. */
export interface Locked extends Entry {
  /** Of the text that is stored: the same as long as the document is. */
  readonly etag: string
}
