/** Mapper 2.0: makes the record that a target takes from the record that came. Compiled once a step, applied once a record. Does no I/O of its own. */
import type { Lookup } from '../../contract/shared/lookup.ts'
import type { Mapping } from '../../contract/shared/mapping.ts'
import { type ErrorSource, type Failure, type FlowRecord, StepFailure } from '../adaptor.ts'
import { nothingCollapsed } from './composite.ts'
import { fetchAnswers, compileLookups, type LookupCaches, createAnswers, type LookupAnswers, isLookupPending } from './value-lookups.ts'
import { compileEntries, type Fill } from './mapper-entry.ts'
import type { MapContext } from './mapper-value.ts'
import type { PlainObject } from '../values/plain-value.ts'

export type { MapContext } from './mapper-value.ts'
export type { LookupCaches } from './value-lookups.ts'

export type Mapped = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly failures: readonly Failure[] }

export interface Mapper {
  /** Undefined where a lookup cache has to be asked first; what for is noted in the answers. */
  readonly one: Evaluate
  /** Throws only what fails the whole step: a lookup cache that cannot be read. */
  apply(record: FlowRecord, context?: MapContext): Promise<Mapped>
  /** A page at once: every lookup cache is asked once for all of it. */
  applyAll(records: readonly FlowRecord[], contextOf?: (record: FlowRecord, index: number) => MapContext): Promise<readonly Mapped[]>
}

export interface MapperOptions {
  readonly caches?: LookupCaches | undefined
  /** `mapping` by default; a transform is `transformation`. */
  readonly source?: ErrorSource
  /** Lookups that ask the target have found what they find: it is in the answers. */
  readonly finds?: boolean
}

/** A template may look up what another lookup answered; nobody stacks more. */
export const maxRounds = 5

/** Throws `StepFailure` where the mappings can never work. Without mappings a record passes as it is. */
export function compileMapper(mappings: readonly Mapping[], lookups: readonly Lookup[] = [], options: MapperOptions = {}): Mapper {
  const source = options.source ?? 'mapping'
  const compiled = compileLookups(lookups, source, options.finds)
  const fill = compileEntries(mappings, { source, lookups: compiled, collapsed: nothingCollapsed, field: '' })
  const one = mappings.length === 0 ? (record: FlowRecord): Mapped => ({ ok: true, value: record }) : evaluator(fill)
  return evaluateAll(one, options.caches, source)
}

export type Evaluate = (record: FlowRecord, context: MapContext, answers: LookupAnswers) => Mapped | undefined

/** Runs an evaluation until no record waits for a lookup cache any more. Mapper 1.0 shares it. */
export function evaluateAll(one: Evaluate, caches: LookupCaches | undefined, source: ErrorSource): Mapper {
  const applyAll: Mapper['applyAll'] = async (records, contextOf) => {
    const answers = createAnswers()
    const results: (Mapped | undefined)[] = Array.from({ length: records.length })
    for (let round = 0; round < maxRounds; round++) {
      for (const [i, record] of records.entries()) results[i] ??= one(record, contextOf?.(record, i) ?? {}, answers)
      if (answers.asked.size === 0) return results as Mapped[]
      await fetchAnswers(answers, caches, source)
    }
    throw new StepFailure({ source, code: 'invalid_lookup', message: `Lookups depend on each other more than ${maxRounds - 1} times.` })
  }
  return {
    one,
    applyAll,
    async apply(record, context) {
      const [result] = await applyAll([record], () => context ?? {})
      return result as Mapped
    },
  }
}

const evaluator = (fill: Fill): Evaluate =>
  evaluating((root, context, answers, failures) => {
    const value: PlainObject = {}
    fill({ root, context, answers, failures }, value)
    return value
  })

/** Undefined where an answer is missing: the record is evaluated again when it is there. */
export function evaluating(
  act: (record: FlowRecord, context: MapContext, answers: LookupAnswers, failures: Failure[]) => unknown,
): Evaluate {
  return (record, context, answers) => {
    const failures: Failure[] = []
    try {
      const value = act(record, context, answers, failures)
      return failures.length === 0 ? { ok: true, value } : { ok: false, failures }
    } catch (error) {
      if (isLookupPending(error)) return undefined
      throw error
    }
  }
}
