/** The texts of one request, made of templates: its URI, headers and body, and what the connection adds. */
import type { Lookup } from '../../contract/shared/lookup.ts'
import { StepFailure, type Failure, type FlowRecord } from '../adaptor.ts'
import { withoutParent, lookupContext, requestContext, type Surroundings } from '../template/template-context.ts'
import type { Dialect } from '../template/sql-dialects.ts'
import { compileStatement, type Statement } from '../template/statement.ts'
import { compileTemplate, isTemplate, TemplateError, type Escaping } from '../template/template.ts'

export interface Text {
  readonly template: string
  readonly escaping: Escaping
  /** A missing value is an error instead of nothing. */
  readonly strict?: boolean
  /** What of the input it is rendered with; the connection's own texts see the connection and nothing else. */
  readonly sees: 'context' | 'body' | 'connection'
}

export interface Texts {
  readonly texts: readonly Text[]
  /** What every rendering sees beside the records. */
  readonly shared: Surroundings
  /** Tables that `{{lookup "name" value}}` reads. */
  readonly tables?: readonly Lookup[]
}

/** A statement of SQL, with its values beside it. */
export interface StatementTemplate extends Pick<Texts, 'shared' | 'tables'> {
  readonly template: string
  readonly dialect: Dialect
}

/** One request. Only what its texts see need be there. */
export interface TextsInput {
  /** The record that asks, of a lookup. */
  readonly record?: FlowRecord
  /** What that is mapped to, which the body is made of. */
  readonly mapped?: FlowRecord
  /** The records of an import, as they came; and as the body has them, where that differs. */
  readonly records?: readonly unknown[]
  readonly data?: readonly unknown[]
  readonly batched?: boolean
  /** What lookups found about each of these records. */
  readonly lookups?: readonly Surroundings[]
  /** The body's records are children, and their parents are no part of them. */
  readonly hidesParent?: boolean
  /** Takes the place of what is shared. */
  readonly own?: Surroundings
  /** The request itself, for texts that sign it: `hmacOptions` and `hashOptions`. */
  readonly request?: Surroundings
  /** Places of texts that this request does not need. */
  readonly without?: readonly number[]
}

/** In the order of the texts; or why one of them cannot be made. */
export type TextsResult = readonly (string | null)[] | Failure

/** Throws `StepFailure` where a template can never work. */
export function compileTexts({ texts, shared, tables }: Texts): (input: TextsInput) => TextsResult {
  const lookup = tables && createLookup(tables)
  const compiled = texts.map(({ template, escaping, strict = false, sees }) => {
    if (!isTemplate(template)) return { sees, render: () => template }
    const made = compiling(() => compileTemplate(template))
    return { sees, render: (context: Surroundings) => made.render(context, escaping, { strict, ...(lookup && { lookup }) }) }
  })
  return (input) => {
    const context = buildContext(input, shared)
    const seen = {
      context,
      body: buildBodyContext(input, context, shared),
      connection: { connection: input.own?.connection ?? shared.connection, ...signedContext(input) },
    }
    const { without } = input
    return failing(() => compiled.map(({ sees, render }, i) => (without?.includes(i) ? null : render(seen[sees]))))
  }
}

/** The records of an import are seen as the body has them. Throws `StepFailure` where the template can never work. */
export function compileStatementTemplate({
  template,
  dialect,
  shared,
  tables,
}: StatementTemplate): (input: TextsInput) => Statement | Failure {
  const lookup = tables && createLookup(tables)
  const make = compiling(() => compileStatement(template, dialect))
  return (input) => failing(() => make(buildBodyContext(input, buildContext(input, shared), shared), lookup ? { lookup } : {}))
}

function failing<T>(render: () => T): T | Failure {
  try {
    return render()
  } catch (error) {
    if (error instanceof TemplateError) return { source: 'internal', code: 'template_failed', message: error.message }
    throw error
  }
}

function buildBodyContext(input: TextsInput, context: Surroundings, shared: Surroundings): Surroundings {
  const { data, mapped, batched = false, lookups, own } = input
  if (mapped) return lookupContext(mapped, { ...shared, ...own })
  return data ? requestContext({ ...shared, ...own }, bodyRecords(input, data), batched, lookups) : context
}

const bodyRecords = ({ hidesParent }: TextsInput, data: readonly unknown[]): readonly unknown[] =>
  hidesParent ? data.map(withoutParent) : data

function buildContext(input: TextsInput, shared: Surroundings): Surroundings {
  const { record, records, batched = false, own, lookups } = input
  const around = own || input.request ? { ...shared, ...own, ...signedContext(input) } : shared
  if (records) return requestContext(around, records, batched, lookups)
  return record === undefined ? around : lookupContext(record, around)
}

const signedContext = ({ request }: TextsInput): Surroundings => (request ? { hmacOptions: request, hashOptions: request } : {})

function compiling<T>(compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    if (error instanceof TemplateError) throw new StepFailure({ source: 'internal', code: 'template_failed', message: error.message })
    throw error
  }
}

/** Lookups that are tables; caches and requests are not asked from templates. */
function createLookup(tables: readonly Lookup[]): (name: string, value: unknown) => unknown {
  const byName = new Map(tables.map((lookup) => [lookup.name, lookup]))
  return (name, value) => {
    const { map, allowFailures, default: otherwise } = byName.get(name) ?? {}
    if (!map) throw new TemplateError(`The import has no table of values with the name ${name}.`)
    if (Object.hasOwn(map, String(value))) return map[String(value)]
    if (allowFailures) return otherwise ?? ''
    throw new TemplateError(`The lookup ${name} has no entry for this value.`)
  }
}
