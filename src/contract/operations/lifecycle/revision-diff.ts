/** How the difference of two states of an integration is answered. */
import { Type } from 'typebox'
import { choice } from '../../shared/schema-helpers.ts'

/** One side of a difference: resources by type and id, without what no person wrote. */
type DiffSide = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>
export interface DiffEnvelope {
  readonly before: DiffSide
  readonly after: DiffSide
}

/** What is different in one field. */
export interface FieldDifference {
  /** `reordered`: the items of a list stand in another order; `old` and `new` name them. */
  readonly change: 'added' | 'removed' | 'changed' | 'reordered'
  readonly path: string
  readonly old?: unknown
  readonly new?: unknown
  /** Instead of both values of a text of several lines: a unified diff. */
  readonly diff?: string
}

/** What is different in one resource. */
export interface ResourceDifference {
  readonly change: 'added' | 'removed' | 'changed'
  readonly type: string
  readonly _id: string
  readonly name: string
  /** Of a changed resource: what of it. */
  readonly changes?: readonly FieldDifference[]
}

export const DiffResponse = Type.Unsafe<DiffEnvelope | readonly ResourceDifference[]>({
  type: ['object', 'array'],
  additionalProperties: true,
  description:
    'Two maps, `before` and `after`, from type of resource to id to the resource as it was and as it is, of those that differ. With `format=changes` a list of changes instead.',
})

export const diffFormat = Type.Optional(
  choice(
    ['envelope', 'changes'],
    '`changes` answers a list for people: of each resource that differs what was added, removed, changed or reordered, scripts as unified diff.',
    { 'x-sluice-extension': true },
  ),
)
