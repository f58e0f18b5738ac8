/** What a drawn form of a connection, a step or a flow has: its groups and their fields, for each kind that the server runs. Vite computes it while it builds (compute-step-forms.ts): the browser gets the result. */
import type { DocumentField } from './document-fields.ts'

export type FormCollection = 'connections' | 'exports' | 'imports' | 'flows'

export type StepFieldKind =
  | DocumentField['kind']
  /** Texts, each in a line of its own. */
  | 'lines'
  /** Names and values. */
  | 'pairs'
  /** What has no form of its own is entered as JSON. */
  | 'json'

/** The field shows where all of these hold: another one has one of these values, or any value at all. */
export interface Condition {
  readonly path: string
  readonly is?: readonly string[]
}

export interface StepField extends Omit<DocumentField, 'kind' | 'when' | 'isFixed'> {
  readonly kind: StepFieldKind
  readonly group: string
  readonly when: readonly Condition[]
  /** Required where this holds, too. */
  readonly requiredWhere?: readonly Condition[]
  /** Shown at once; the others are behind "More". */
  readonly isEssential: boolean
  /** A template: what is written in double braces is replaced. */
  readonly isTemplate?: true
}

export interface StepForm {
  /** `HTTPExport`, or the type of a connection; empty for flows. */
  readonly kind: string
  readonly groups: readonly string[]
  readonly fields: readonly StepField[]
}

export declare const stepForms: Readonly<Record<FormCollection, Readonly<Record<string, StepForm>>>>
