/** Where one value of a mapping comes from: a JSON path, a template or a literal, then its lookup, its date format and its default. */
import { type ErrorSource, type Failure, StepFailure } from '../adaptor.ts'
import { type Collapsed, pathWithin } from './composite.ts'
import { DateError, readDate, writeDate } from '../values/date.ts'
import { ConversionError } from './convert.ts'
import { isJsonPath, PathError } from '../values/json-path.ts'
import { type LookupAnswers, type CompiledLookups, isLookupPending, noSuchLookup } from './value-lookups.ts'
import { isEmpty } from '../values/plain-value.ts'
import { findBatch } from '../template/template-context.ts'
import { compileTemplate, isTemplate, TemplateError } from '../template/template.ts'
import { RegexError } from '../values/regex.ts'

/** What a mapping may know of the record it maps. */
export interface MapContext {
  /** What will become of the record at the target, where the import knows. */
  readonly operation?: 'create' | 'update' | undefined
  /** What templates see beside the record: `settings`, `connection`, `import`, `job` and so on. */
  readonly surroundings?: Readonly<Record<string, unknown>>
}

/** One record being mapped. `root` is the record, or within a list the record with that list collapsed to one entry. */
export interface Scope {
  readonly root: unknown
  readonly context: MapContext
  readonly answers: LookupAnswers
  readonly failures: Failure[]
}

/** What a compiled mapping needs while it is compiled. */
export interface Compiling {
  readonly source: ErrorSource
  readonly lookups: CompiledLookups
  readonly collapsed: Collapsed
  /** Names on the way to the field, for messages. */
  readonly field: string
}

export type Read = (scope: Scope) => unknown

/** A mapping that can never work stops the step before its first record. */
export const invalid = (compiling: Compiling, message: string): StepFailure =>
  new StepFailure({
    source: compiling.source,
    code: 'invalid_mapping',
    message: compiling.field === '' ? message : `${message} (field "${compiling.field}")`,
  })

/** The extract as it says itself. Throws `StepFailure` where it cannot be read. */
export function compileExtract(text: string, compiling: Compiling): Read {
  try {
    if (isJsonPath(text)) {
      const path = pathWithin(text, compiling.collapsed)
      return (scope) => path.read(scope.root)
    }
    if (!isTemplate(text)) return () => text
    const template = compileTemplate(text)
    return (scope) =>
      template.render({ ...scope.context.surroundings, record: scope.root, ...findBatch(scope.root) }, 'raw', {
        lookup: (name, value) => lookUp(compiling, name, value, scope),
      })
  } catch (error) {
    if (error instanceof PathError || error instanceof TemplateError) throw invalid(compiling, error.message)
    throw error
  }
}

function lookUp(compiling: Compiling, name: string, value: unknown, scope: Scope): unknown {
  const lookup = compiling.lookups.named(name)
  if (!lookup) throw new ConversionError(noSuchLookup(name))
  return lookup(value, scope.answers)
}

export interface DateFields {
  readonly extractDateFormat?: string
  readonly extractDateTimezone?: string
  readonly generateDateFormat?: string
  readonly generateDateTimezone?: string
}

/** From one format and zone to another; a value that is no date fails the record. Undefined where no date is spoken of. */
export function compileDate(m: DateFields): ((value: unknown) => unknown) | undefined {
  const { extractDateFormat, extractDateTimezone, generateDateFormat, generateDateTimezone } = m
  if (!(extractDateFormat || extractDateTimezone || generateDateFormat || generateDateTimezone)) return undefined
  return (value) => writeDate(readDate(value, extractDateFormat, extractDateTimezone), generateDateFormat, generateDateTimezone)
}

/** Runs one field; what it throws of a record's own becomes a failure of the record, and the field is absent. */
export function guarded(compiling: Compiling, act: Read): Read {
  return (scope) => {
    try {
      return act(scope)
    } catch (error) {
      const reason = isLookupPending(error) ? undefined : reasonOf(error)
      if (reason === undefined) throw error
      scope.failures.push({
        source: compiling.source,
        code: 'mapping_failed',
        message: `Cannot map the field "${compiling.field}": ${reason}.`,
      })
      return undefined
    }
  }
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof TemplateError && error.cause !== undefined) return reasonOf(error.cause) ?? trimmed(error.message)
  if ([ConversionError, DateError, TemplateError, RegexError, PathError].some((own) => error instanceof own))
    return trimmed((error as Error).message)
  return undefined
}
const trimmed = (message: string): string => message.replace(/\.$/, '')

/** Whether the condition lets the field be written. A condition on the operation never holds where the operation is not known. */
export function conditionHolds(when: string | undefined, value: unknown, scope: Scope): boolean {
  if (when === 'record_created') return scope.context.operation === 'create'
  if (when === 'record_updated') return scope.context.operation === 'update'
  return when !== 'extract_not_empty' || !isEmpty(value)
}
