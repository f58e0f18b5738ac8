/** What is evaluated while somebody writes it: one filter, transform or template, over records that came along. */
import type { Filter } from '../../contract/shared/filter.ts'
import type { Lookup } from '../../contract/shared/lookup.ts'
import type { Transform } from '../../contract/shared/transform.ts'
import type { writtenFor } from '../../contract/operations/on-request/previews.ts'

type Surroundings = Readonly<Record<string, unknown>>

interface OnRecords {
  readonly records: readonly unknown[]
}

interface FilterPreview extends OnRecords {
  readonly kind: 'filter'
  readonly filter: Filter
  readonly settings: Surroundings
}

interface TransformPreview extends OnRecords {
  readonly kind: 'transform'
  readonly transform: Transform
  readonly settings: Surroundings
}

export interface TemplatePreview extends OnRecords {
  readonly kind: 'template'
  readonly template: string
  readonly step: 'export' | 'lookup' | 'import'
  readonly writtenFor: (typeof writtenFor)[number]
  /** All records go into one text. */
  readonly batched: boolean
  readonly surroundings: Surroundings
  readonly lookups: readonly Lookup[]
}

export type PreviewCall = FilterPreview | TransformPreview | TemplatePreview
