/** A file definition as it is carried out: its rules as nodes, with the fields of their rows named once and for all. */
import type { FileDefinitionDocument } from '../../../contract/document.ts'
import { findFaultOfRules } from '../../../domain/rules/file-definition.ts'
import { isForbiddenName } from '../../values/plain-value.ts'
import { UnreadableContent } from '../format.ts'
import type { Standard } from './standard.ts'

/** One column of a row. */
export interface Element {
  readonly name: string
  /** What it is called in the record; absent for what every such row has, and for what is left out. */
  readonly key: string | undefined
  /** A text that it always is, or a template. */
  readonly value: string
  readonly width: number
  readonly parts: readonly Element[]
  readonly required: boolean
  readonly minLength: number | undefined
  readonly maxLength: number | undefined
  readonly isNumber: boolean
  readonly qualifiers: readonly string[]
  /** What the EDI profile has to say of it, as a template. */
  readonly reference: string | undefined
}

export interface RowNode {
  readonly kind: 'row'
  /** What the row begins with; absent where any row is one. */
  readonly identifier: string | undefined
  readonly elements: readonly Element[]
  readonly children: readonly Node[]
  readonly close: RowNode | undefined
  readonly required: boolean
  readonly most: number
  /** Rows that come again are a list of this name; without one their fields stand beside the others. */
  readonly list: string | undefined
  readonly skipsSuffix: boolean
  /** It is the head of an interchange, a group or a document of EDI. */
  readonly envelope: Envelope | undefined
  /** Place in the definition, which says what is written by it. */
  readonly index: number
}

interface ContainerNode {
  readonly kind: 'container'
  readonly name: string
  /** Where its list stands in the record that is written. */
  readonly dataPath: readonly string[]
  readonly children: readonly Node[]
  readonly required: boolean
  readonly most: number
}

export type Node = RowNode | ContainerNode
type Envelope = 'interchange' | 'group' | 'document'

export interface Structure {
  readonly standard: Standard | undefined
  readonly isFixed: boolean
  readonly nodes: readonly Node[]
  /** By their index. */
  readonly rows: readonly RowNode[]
  readonly rowSuffix: string
  readonly rowDelimiter: string
  readonly colDelimiter: string
  readonly compositeDelimiter: string
  readonly padding: string
  readonly dropsEmptyEnd: boolean
  readonly skipsEmptyRows: boolean
  readonly releases: boolean
  readonly checksElements: boolean
  readonly checksProfile: boolean
}

type Delimiters = NonNullable<FileDefinitionDocument['delimited']>

interface Rule {
  readonly name?: string
  readonly required?: unknown
  readonly maxOccurrence?: number
  readonly skipRowSuffix?: unknown
  readonly container?: unknown
  readonly relativeDataPath?: string
  readonly ignoreIdentifier?: unknown
  readonly elements?: readonly RuleElement[]
  readonly children?: readonly Rule[]
  readonly closeRule?: Rule | null
}

interface RuleElement {
  readonly name: string
  readonly value?: unknown
  readonly length?: number
  readonly ignore?: unknown
  readonly elements?: readonly RuleElement[]
  readonly required?: unknown
  readonly minLength?: unknown
  readonly maxLength?: unknown
  readonly type?: unknown
  readonly qualifiers?: unknown
  readonly referenceValue?: unknown
}

const envelopes: Readonly<Record<Standard, Readonly<Record<string, Envelope>>>> = {
  x12: { ISA: 'interchange', GS: 'group', ST: 'document' },
  edifact: { UNB: 'interchange', UNG: 'group', UNH: 'document' },
}
const usual = {
  x12: { rowSuffix: '~', colDelimiter: '*', compositeDelimiter: '>' },
  edifact: { rowSuffix: "'", colDelimiter: '+', compositeDelimiter: ':' },
} as const

const isTrue = (value: unknown): boolean => value === true || value === 'true'
const unescaped = (delimiter: string): string => delimiter.replaceAll('\\t', '\t').replaceAll('\\r', '\r').replaceAll('\\n', '\n')

/** Throws `UnreadableContent` for what was stored before it was looked through. */
export function compileDefinition(doc: FileDefinitionDocument): Structure {
  const isFixed = doc.format === 'fixed'
  const fault = findFaultOfRules(doc.rules, isFixed)
  if (fault) throw new UnreadableContent('invalid_file_definition', `cannot be read by its file definition "${doc.name}": ${fault.message}`)
  const rules = doc.rules as readonly Rule[]
  const standard = findStandard(doc.format, rules)
  const { rowSuffix, rowDelimiter, colDelimiter, compositeDelimiter }: Delimiters = (isFixed ? doc.fixed : doc.delimited) ?? {}
  const rows: RowNode[] = []
  const nodes = createNodes(rules, { standard, rows, taken: new Set() })
  const own = standard && usual[standard]
  return {
    standard,
    isFixed,
    nodes,
    rows,
    rowSuffix: unescaped(rowSuffix || (rowDelimiter ? '' : own?.rowSuffix) || ''),
    rowDelimiter: unescaped(rowDelimiter || (standard && !rowSuffix ? '' : '\n')),
    colDelimiter: unescaped(colDelimiter || own?.colDelimiter || ','),
    compositeDelimiter: unescaped(compositeDelimiter || own?.compositeDelimiter || ':'),
    padding: doc.fixed?.paddingChar || ' ',
    dropsEmptyEnd: doc.skipEmptyEndColDelimiter ?? standard !== undefined,
    skipsEmptyRows: doc.skipIntermittentEmptyLines ?? false,
    releases: doc.escapeReleaseChar ?? false,
    checksElements: !doc.skipEDIValidation,
    checksProfile: !doc.skipEDIProfileValidation,
  }
}

/** Older definitions of X12 and EDIFACT call themselves delimited. */
function findStandard(format: string, [first]: readonly Rule[]): Standard | undefined {
  const begins = first?.elements?.[0]?.value
  if (format === 'delimited/x12' || (format === 'delimited' && begins === 'ISA')) return 'x12'
  if (format === 'delimited/edifact' || (format === 'delimited' && (begins === 'UNA' || begins === 'UNB'))) return 'edifact'
  return undefined
}

interface Compiling {
  readonly standard: Standard | undefined
  readonly rows: RowNode[]
  /** Keys of the record that the rows stand in. */
  readonly taken: Set<string>
}

/** What says the separators of EDIFACT is read before any rule; what lies below it follows. */
const createNodes = (rules: readonly Rule[] | undefined, compiling: Compiling): Node[] =>
  (rules ?? []).flatMap((rule) =>
    compiling.standard === 'edifact' && rule.elements?.[0]?.value === 'UNA'
      ? createNodes(rule.children, compiling)
      : createNode(rule, compiling),
  )

function createNode(rule: Rule, compiling: Compiling): Node {
  if (!isTrue(rule.container)) return createRow(rule, compiling)
  const name = uniqueKey(rule.name ?? '', compiling.taken)
  return {
    kind: 'container',
    name,
    dataPath: (rule.relativeDataPath || rule.name || '').split('.'),
    children: createNodes(rule.children, { ...compiling, taken: new Set() }),
    required: isTrue(rule.required),
    most: rule.maxOccurrence ?? 1,
  }
}

function createRow(rule: Rule, compiling: Compiling): RowNode {
  const { standard, rows, taken } = compiling
  const [first, ...others] = rule.elements as readonly [RuleElement, ...RuleElement[]]
  const isAny = isTrue(rule.ignoreIdentifier)
  const identifier = isAny ? undefined : String(first.value)
  const envelope = identifier === undefined || !standard ? undefined : envelopes[standard][identifier]
  const most = rule.maxOccurrence ?? 1
  const list = most > 1 && rule.name && !envelope ? uniqueKey(rule.name, taken) : undefined
  const keys = list === undefined ? taken : new Set<string>()
  const index = rows.length
  const elements = [
    isAny ? createElement(first, keys) : { ...createElement(first, new Set()), key: undefined },
    ...others.map((one) => createElement(one, keys)),
  ]
  // Its place is taken before its children have theirs.
  rows.push(undefined as never)
  const within = { ...compiling, taken: keys }
  const row: RowNode = {
    kind: 'row',
    identifier,
    elements,
    children: createNodes(rule.children, within),
    close: rule.closeRule ? createRow(rule.closeRule, within) : undefined,
    required: isTrue(rule.required),
    most: envelope ? Number.POSITIVE_INFINITY : most,
    list,
    skipsSuffix: isTrue(rule.skipRowSuffix),
    envelope,
    index,
  }
  rows[index] = row
  return row
}

function createElement(element: RuleElement, keys: Set<string>): Element {
  const { name, value, length = 0, ignore, elements = [], required, type, qualifiers, referenceValue } = element
  return {
    name,
    key: isTrue(ignore) || elements.length > 0 ? undefined : uniqueKey(name, keys),
    value: typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '',
    width: length,
    parts: elements.map((part) => createElement(part, keys)),
    required: isTrue(required),
    minLength: boundOf(element.minLength),
    maxLength: boundOf(element.maxLength),
    isNumber: type === 'number',
    qualifiers: Array.isArray(qualifiers) ? qualifiers.map(String) : [],
    reference: typeof referenceValue === 'string' && referenceValue !== '' ? referenceValue : undefined,
  }
}

const boundOf = (value: unknown): number | undefined =>
  value === undefined || value === null || value === '' || !Number.isInteger(Number(value)) ? undefined : Number(value)

/** Two elements of one name in one record would overwrite each other. */
function uniqueKey(name: string, taken: Set<string>): string {
  const free = isForbiddenName(name) ? `${name}_1` : name
  let unique = free
  for (let count = 2; taken.has(unique); count++) unique = `${free}_${count}`
  taken.add(unique)
  return unique
}
