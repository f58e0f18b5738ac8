/** What every editor of a part of a step gets: the part, the records it is tried on, and what surrounds it. */
export type Json = Readonly<Record<string, unknown>>

export interface EditorContext {
  /** The step that the part belongs to. */
  readonly kind: 'export' | 'lookup' | 'import'
  /** Its document, as it is being edited. */
  readonly document: Json
  /** Its connection as the API answers it, with masked secrets. */
  readonly connection?: Json | undefined
  readonly flowId?: string | undefined
  readonly integrationId?: string | undefined
  /** The API or the tool that it stands in, by the field that its functions get. */
  readonly owner?: Json | undefined
  /** What `settings` reads, by the kind of document. */
  readonly settings: Json
}

/** Records that reach the step, or what stands in for them. */
export interface Sample {
  readonly records: readonly unknown[]
  readonly isBusy: boolean
  /** Why there are none: the application is down, or refuses. */
  readonly error: unknown
  /** Nothing can be asked: records have to be typed in. */
  readonly isOnlyTyped: boolean
  /** Asks the application for records. */
  readonly fetch: () => void
  /** Takes records that somebody typed in. */
  readonly set: (records: readonly unknown[]) => void
}

export interface EditorProps<Value> {
  readonly value: Value | undefined
  readonly onChange: (value: Value | undefined) => void
  readonly sample: Sample
  readonly context: EditorContext
  readonly isReadOnly?: boolean
}

/** What became of one record, as all previews answer it. */
export interface Outcome {
  readonly value?: unknown
  readonly problems: readonly string[]
}

/** Of all records; `problems` say why there is nothing at all. */
export interface Outcomes {
  readonly each: readonly Outcome[]
  readonly problems: readonly string[]
}

export const noOutcomes: Outcomes = { each: [], problems: [] }

interface WithMessage {
  readonly message: string
}

export const messagesOf = (errors: readonly WithMessage[] | undefined): readonly string[] => (errors ?? []).map(({ message }) => message)

/** A value as an input shows it. */
export const toInputText = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : (JSON.stringify(value) ?? '')
