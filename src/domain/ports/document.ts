/** Documents as they are stored, and how they name each other. */
import type { AnyDocument } from '../../contract/document.ts'

/** A document of any type. */
export type Doc = AnyDocument

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
export interface Entry<D extends Doc = Doc> {
  readonly doc: D
  /** The sealed secrets of the document; what `doc` shows of them is the mask. */
  readonly secrets: string | undefined
}

/** A document that nobody else changes meanwhile. */
export interface Locked<D extends Doc = Doc> extends Entry<D> {
  /** Of the text that is stored: the same as long as the document is. */
  readonly etag: string
}
