/** What `parsers` of an export or import say of how content is taken apart: one parser, of XML or of CSV, by itself or as the only entry of a list. */
import { isPlainObject, type PlainObject } from './plain-value.ts'
import type { XmlRules } from './xml-tree.ts'

/** How delimited text is read, in integrator.io's words. */
export interface CsvReading {
  readonly columnDelimiter?: string | undefined
  readonly rowDelimiter?: string | undefined
  readonly hasHeaderRow?: boolean | undefined
  readonly trimSpaces?: boolean | undefined
  readonly rowsToSkip?: number | undefined
  readonly disableQuoteAndStripEnclosingQuotes?: boolean | undefined
}

export interface ContentParser {
  readonly type: 'xml' | 'csv'
  readonly resourcePath?: string
  readonly xml?: XmlRules
  readonly csv?: CsvReading & { readonly keyColumns?: readonly string[] }
}

type Kind = 'boolean' | 'string' | 'number' | 'texts'
const csvRules: Readonly<Record<string, Kind>> = {
  columnDelimiter: 'string',
  rowDelimiter: 'string',
  hasHeaderRow: 'boolean',
  trimSpaces: 'boolean',
  rowsToSkip: 'number',
  disableQuoteAndStripEnclosingQuotes: 'boolean',
  keyColumns: 'texts',
}
const xmlRules: Readonly<Record<string, Kind>> = {
  V0_json: 'boolean',
  trimSpaces: 'boolean',
  stripNewLineChars: 'boolean',
  attributePrefix: 'string',
  textNodeName: 'string',
  listNodes: 'texts',
  includeNodes: 'texts',
  excludeNodes: 'texts',
}
const known = new Set(['version', 'type', 'name', 'resourcePath', 'rules'])

/** Undefined where nothing is said, and `unknown` where it is not understood. */
export function readParsers(parsers: unknown): ContentParser | undefined | 'unknown' {
  const said = (Array.isArray(parsers) ? parsers : [parsers]).filter((each) => !saysNothing(each))
  const [only] = said
  if (only === undefined) return undefined
  if (said.length > 1 || !isPlainObject(only)) return 'unknown'
  const { type, version = 1, resourcePath, rules = {} } = only
  const isUnderstood =
    (type === 'xml' || type === 'csv') &&
    Number(version) === 1 &&
    Object.keys(only).every((name) => known.has(name)) &&
    isPlainObject(rules) &&
    (resourcePath === undefined || resourcePath === null || typeof resourcePath === 'string')
  if (!isUnderstood) return 'unknown'
  const own = readRules(rules, type === 'xml' ? xmlRules : csvRules)
  if (!own) return 'unknown'
  const path = typeof resourcePath === 'string' && resourcePath.trim() !== '' ? { resourcePath } : {}
  return type === 'xml' ? { type, ...path, xml: toXmlRules(own) } : { type, csv: own }
}

const saysNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (isPlainObject(value) && Object.keys(value).length === 0)

/** Without what is empty; undefined where one of them is not known, or of another type. */
function readRules(rules: PlainObject, kinds: Readonly<Record<string, Kind>>): PlainObject | undefined {
  const entries = Object.entries(rules).filter(([, value]) => value !== undefined && value !== null && value !== '')
  return entries.every(([name, value]) => isOf(Object.hasOwn(kinds, name) ? kinds[name] : undefined, value))
    ? Object.fromEntries(entries)
    : undefined
}

const isOf = (kind: Kind | undefined, value: unknown): boolean =>
  kind === 'texts' ? Array.isArray(value) && value.every((each) => typeof each === 'string') : typeof value === kind

/** Automatic reading (`V0_json`) trims, and names attributes and texts as it does without a parser; lists and what is left out hold in any case. */
function toXmlRules({ V0_json: isAutomatic = true, ...rules }: XmlRules & { readonly V0_json?: boolean }): XmlRules {
  const { listNodes, includeNodes, excludeNodes, trimSpaces = false, ...manual } = rules
  return { listNodes, includeNodes, excludeNodes, ...(!isAutomatic && { ...manual, trimSpaces }) }
}
