/** What lint reads, and what it finds. */
import type { Collection } from '../../contract/resources/index.ts'

export interface Finding {
  readonly file: string
  /** Dotted path within the file; empty where it is about the whole. */
  readonly field: string
  /** A warning is printed, and fails nothing. */
  readonly level: 'error' | 'warning'
  readonly message: string
}

export interface LintedResource {
  readonly file: string
  readonly collection: Collection
  readonly id: string
  readonly doc: Readonly<Record<string, unknown>>
}
