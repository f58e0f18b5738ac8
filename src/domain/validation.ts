/** Checks what comes in against the contract. Bodies are taken as they are; query parameters are text and become what their schema says. */
import type * as AjvLibrary from 'ajv'
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv'
import type { TSchema } from 'typebox'
import { sharedId } from '../contract/kit.ts'
import { shared } from '../contract/shared/index.ts'
import { isEmail } from './email.ts'
import { isId } from './ids.ts'
import { DomainError, type Problem } from './errors.ts'
import { lazyLoad } from './lazy-load.ts'

/** Problems named in one answer at the most. */
const maxProblems = 20

const ajv = lazyLoad<typeof AjvLibrary>('ajv')
const addFormats = lazyLoad<(instance: Ajv) => void>('ajv-formats')

/** The schemas are the contract's own, and its tests check them: compiling what checks schemas takes as long as compiling fifty of them. */
function createAjv(options: { coerceTypes: boolean; allErrors: boolean }): Ajv {
  const instance = new (ajv().Ajv)({
    ...options,
    strict: false,
    meta: false,
    validateSchema: false,
    useDefaults: false,
    removeAdditional: false,
  })
  addFormats()(instance)
  instance.addFormat('objectId', isId)
  instance.addFormat('email', isEmail)
  instance.addSchema({ $id: sharedId, components: { schemas: shared } })
  return instance
}
const options = {
  body: { coerceTypes: false, allErrors: true },
  /** Every problem of a body is as many as it has values: of a huge one the first is enough. */
  hugeBody: { coerceTypes: false, allErrors: false },
  query: { coerceTypes: true, allErrors: false },
}
type Kind = keyof typeof options
const instances: { [kind in Kind]?: Ajv } = {}
/** Values beyond which a body is huge. The largest flows have some thousand. */
const usualSize = 20_000

/** Throws a DomainError that names every field at fault, or the first one of a huge body. */
export function validator(schema: TSchema, part: 'body' | 'query'): (value: unknown) => void {
  // Compiled when first needed: all of them at the start took half a second and 60 MB, and most installations call few operations.
  const compiled: { [kind in Kind]?: ValidateFunction } = {}
  return (value) => {
    if (part === 'query') {
      refuseBrackets(value as Record<string, unknown>)
      refuseOddNumbers(schema, value as Record<string, unknown>)
    }
    const kind = part === 'body' && isHuge(value) ? 'hugeBody' : part
    const check = (compiled[kind] ??= (instances[kind] ??= createAjv(options[kind])).compile(schema))
    if (check(value)) return
    // `if` only says that its `then` failed; the `then` says how.
    const found = (check.errors ?? [])
      .filter(({ keyword }) => keyword !== 'if')
      .slice(0, maxProblems)
      .map((error) => problemOf(error, part))
    const [first, ...more] = found
    throw new DomainError(first?.code ?? 'invalid_field', first?.message ?? 'The request does not fit its schema.', first?.field, more)
  }
}

/** Counts no further than it must. */
function isHuge(root: unknown): boolean {
  const left = [root]
  for (let count = 1; left.length > 0;) {
    const value = left.pop()
    if (typeof value !== 'object' || value === null) continue
    const below: unknown[] = Object.values(value)
    count += below.length
    if (count > usualSize) return true
    left.push(...below)
  }
  return false
}

/** `include[]=name` is array syntax of other APIs; read as a name of its own it would be ignored without a word. */
function refuseBrackets(query: Record<string, unknown>): void {
  const name = Object.keys(query).find((key) => /^(?:include|exclude)\[/.test(key))
  if (name) throw new DomainError('invalid_query_params', `${name} is not supported: separate the fields by commas.`, name)
}

/** Ajv makes a number of whatever JavaScript can: of `0x10`, `1e2` and ` 7` too, which nobody sends on purpose. */
function refuseOddNumbers(schema: TSchema, query: Record<string, unknown>): void {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, { type?: unknown }>> }
  const odd = Object.entries(query).find(
    ([name, value]) =>
      Object.hasOwn(properties, name) && properties[name]?.type === 'integer' && typeof value === 'string' && !/^-?\d+$/.test(value),
  )
  if (odd) throw new DomainError('invalid_query_params', `The ${odd[0]} query param must be integer.`, odd[0])
}

function problemOf(error: ErrorObject, part: 'body' | 'query'): Problem {
  const at = error.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const missing = error.keyword === 'required' ? (error.params as { missingProperty: string }).missingProperty : undefined
  const field = [...at, ...(missing === undefined ? [] : [missing])].join('.')
  if (part === 'query') return { code: 'invalid_query_params', message: `The ${field} query param ${error.message}.`, field }
  if (missing !== undefined) return { code: 'missing_required_field', message: `Expected field: ${field} to be present.`, field }
  const choices = error.keyword === 'enum' ? `: ${(error.params as { allowedValues: unknown[] }).allowedValues.join(', ')}` : ''
  return { code: 'invalid_field', message: `${field || 'The body'} ${error.message}${choices}.`, ...(field && { field }) }
}
