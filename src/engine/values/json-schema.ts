/**
 * Checks a value against a JSON Schema that somebody wrote (drafts 3 to 2020-12). The schema is looked at word by word, and never made into code: it is of users.
 * How long that takes has no bound of its own, so it is done where it can be ended.
 */
import type * as SchemaLibrary from 'typebox/schema'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { StepFailure, type ErrorSource } from '../adaptor.ts'

const library = lazyLoad<typeof SchemaLibrary>('typebox/schema')

/** Problems that are told of one value. */
const mostProblems = 20

export interface SchemaProblem {
  /** Dotted; empty where it is about the value as a whole. */
  readonly field: string
  readonly message: string
}

/** Throws `StepFailure` where the schema can never be used. */
export function compileSchema(schema: object, source: ErrorSource): (value: unknown) => readonly SchemaProblem[] {
  const check = (value: unknown): readonly SchemaProblem[] => {
    try {
      const [fits, errors] = library().Errors(schema, value)
      return fits ? [] : distinct(errors.map(toProblem))
    } catch (error) {
      throw unusable(source, error)
    }
  }
  check({})
  return check
}

type SchemaError = ReturnType<typeof SchemaLibrary.Errors>[1][number]

function toProblem({ instancePath, keyword, message, params }: SchemaError): SchemaProblem {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const missing = keyword === 'required' ? (params as { requiredProperties: readonly string[] }).requiredProperties : []
  const field = [...path, ...missing.slice(0, 1)].join('.')
  if (missing.length > 0) return { field, message: `${field} is missing.` }
  if (keyword === 'boolean') return { field, message: `${field || 'The body'} is not expected.` }
  return { field, message: `${field || 'The body'} ${message}.` }
}

/** A property that is not expected is told at its place, and once more of the object around it. */
function distinct(problems: readonly SchemaProblem[]): readonly SchemaProblem[] {
  const expected = problems.filter(({ message }) => !message.endsWith('must not have additional properties.'))
  return (expected.length > 0 ? expected : problems).slice(0, mostProblems)
}

function unusable(source: ErrorSource, error: unknown): StepFailure {
  const message =
    error instanceof RangeError ? 'It leads back to itself without an end.' : error instanceof Error ? `${error.message}.` : ''
  return new StepFailure({ source, code: 'invalid_schema', message: `The JSON Schema cannot be used: ${message}`.replace('..', '.') })
}
