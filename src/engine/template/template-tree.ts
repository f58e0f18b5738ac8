/**
 * Checks a parsed template and sends everything it writes through one helper, which knows the escaping and the budget.
 * Handlebars itself can only escape for HTML, and in a place that no option reaches.
 */
import { deepestTemplate } from '../../domain/limits/template-limits.ts'
import { type Place, TemplateError } from './template-run.ts'

/** Names that no template can spell. */
export const writeEscaped = ' write escaped'
export const writeRaw = ' write raw'

/** A node of the tree, with the fields that are read here of whatever type has them. */
interface Node {
  type: string
  path?: Node
  params?: Node[]
  hash?: { readonly pairs?: readonly unknown[] } | undefined
  original?: unknown
  value?: unknown
  escaped?: boolean
  loc?: unknown
  [field: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

const refused: Readonly<Record<string, string>> = {
  PartialStatement: 'partials ({{> name}})',
  PartialBlockStatement: 'partials ({{#> name}})',
  Decorator: 'decorators ({{* name}})',
  DecoratorBlock: 'decorators ({{#* name}})',
}

/** Changes the tree in place; it was parsed for this and is seen by nobody else. Answers whether it calls a helper. */
export function prepareTree(tree: unknown, helpers: ReadonlySet<string>): { readonly callsHelper: boolean } {
  let callsHelper = false
  const has = (name: string): boolean => {
    callsHelper ||= helpers.has(name)
    return helpers.has(name)
  }
  prepare(tree, { has }, { inCdata: false, inQuotes: false }, 0)
  return { callsHelper }
}

interface Helpers {
  has(name: string): boolean
}

/** `place` is where the text of the template has got to: nodes come in the order in which they are written. */
function prepare(tree: unknown, helpers: Helpers, place: WritablePlace, depth: number): void {
  if (Array.isArray(tree)) return tree.forEach((item) => prepare(item, helpers, place, depth))
  if (!isNode(tree)) return
  const what = refused[tree.type]
  if (what) throw new TemplateError(`Templates cannot use ${what}.`)
  if (depth > deepestTemplate) throw new TemplateError(`The template is nested deeper than ${deepestTemplate} levels.`)
  for (const [field, below] of Object.entries(tree)) {
    if (field !== 'loc' && typeof below === 'object' && below !== null)
      prepare(below, helpers, place, isNode(below) || Array.isArray(below) ? depth + 1 : depth)
  }
  // Handlebars calls a helper wherever its name stands.
  if (tree.type === 'PathExpression') helpers.has(String(tree.original))
  if (tree.type === 'ContentStatement') pass(place, String(tree.value))
  if (tree.type === 'SubExpression') called(tree, helpers)
  if (tree.type === 'BlockStatement' && (tree.params ?? []).length > 0) called(tree, helpers)
  if (tree.type === 'MustacheStatement') route(tree, helpers, place)
}

type WritablePlace = { -readonly [field in keyof Place]: Place[field] }

function pass(place: WritablePlace, text: string): void {
  const [opens, closes] = [text.lastIndexOf('<![CDATA['), text.lastIndexOf(']]>')]
  if (opens !== closes) place.inCdata = opens > closes
  if ((text.split('"').length - 1) % 2 === 1) place.inQuotes = !place.inQuotes
}

function called(node: Node, helpers: Helpers): void {
  const name = String(node.path?.original)
  if (!helpers.has(name)) throw new TemplateError(`There is no helper "${name}".`)
}

/** `{{uppercase name}}` becomes `{{{write (uppercase name) "uppercase"}}}`. */
function route(statement: Node, helpers: Helpers, { inCdata, inQuotes }: Place): void {
  const { path, params = [], hash } = statement
  if (!path) return
  const name = String(path.original)
  const isCall = params.length > 0 || (hash?.pairs?.length ?? 0) > 0 || helpers.has(name)
  if (isCall) called(statement, helpers)
  const value: Node = isCall ? { type: 'SubExpression', path, params, hash, loc: statement.loc } : path
  statement.path = {
    type: 'PathExpression',
    data: false,
    depth: 0,
    parts: [statement.escaped ? writeEscaped : writeRaw],
    original: statement.escaped ? writeEscaped : writeRaw,
    loc: statement.loc,
  }
  statement.params = [
    value,
    { type: 'StringLiteral', value: name, original: name, loc: statement.loc },
    ...[inCdata, inQuotes].map((is) => ({ type: 'BooleanLiteral', value: is, original: is, loc: statement.loc })),
  ]
  statement.hash = undefined
  statement.escaped = false
}
