/**
 * SQL that is made of a template. What `{{ }}` gives is a value beside the text, which the driver binds; within a text in quotes the whole text is. Only
 * `{{{ }}}` outside of quotes is text. The statement is read as the database will read it, so no value can end a text, a name or a comment that it stands in.
 */
import { toText } from '../values/plain-value.ts'
import { dialects, type Dialect, type DialectRules } from './sql-dialects.ts'
import type { Surroundings } from './template-context.ts'
import { compileTemplate, isTemplate, TemplateError, type RenderOptions } from './template.ts'

/** `values[i]` stands between `parts[i]` and `parts[i + 1]`. */
export interface Statement {
  readonly parts: readonly string[]
  readonly values: readonly unknown[]
}

/** What only this program says: names of tables, quoted already. They are text, in `{{ }}` too. */
const names: ReadonlySet<string> = new Set(
  ['rdbms', 'jdbc'].flatMap((block) => ['tableName', 'preMergeTemporaryTable'].map((name) => `import.${block}.bulkLoad.${name}`)),
)

/** Stands around the place of a value in the rendered text. No statement holds one: databases take it for an end. */
const mark = '\0'

interface Given {
  readonly value: unknown
  readonly isText: boolean
}

/** Throws `TemplateError`, also where it is rendered. */
export function compileStatement(
  template: string,
  dialect: Dialect,
): (context: Surroundings, options: Omit<RenderOptions, 'bind'>) => Statement {
  if (template.includes(mark)) throw new TemplateError('A statement cannot hold a NUL.')
  if (!isTemplate(template)) return () => ({ parts: [template], values: [] })
  const compiled = compileTemplate(template)
  return (context, options) => {
    const given: Given[] = []
    const bind = (value: unknown, name: string, isRaw: boolean): string => {
      given.push({ value: value ?? null, isText: isRaw || names.has(name) })
      return `${mark}${given.length - 1}${mark}`
    }
    const reader = new StatementReader(dialects[dialect])
    // Every second part is the place of a value.
    for (const [i, part] of compiled
      .render(context, 'sql', { ...options, bind })
      .split(mark)
      .entries()) {
      if (i % 2 === 0) reader.read(part)
      else reader.take(given[Number(part)] as Given)
    }
    return reader.end()
  }
}

/** Where the reader is: in the statement itself, in a text, a name or a comment. */
type Within = { readonly kind: 'code' } | { readonly kind: 'line' } | Block | { readonly kind: 'name'; readonly quote: string } | Quoted
interface Block {
  readonly kind: 'block'
  depth: number
}
interface Quoted {
  readonly kind: 'text'
  readonly quote: string
  readonly escapes: Readonly<Record<string, string>> | undefined
  readonly doubles: boolean
  /** What stands before it and makes another text of it. */
  readonly prefix: string | undefined
}

const code: Within = { kind: 'code' }
const wordSign = /[\w$\u0080-\uffff]/

class StatementReader {
  readonly #rules: DialectRules
  readonly #parts: string[] = []
  readonly #values: unknown[] = []
  #part = ''
  #within: Within = code
  /** Of the text in quotes that the reader is in: as it is written, what it says so far, and whether a value is in it. */
  #written = ''
  #says = ''
  #hasValue = false

  constructor(rules: DialectRules) {
    this.#rules = rules
  }

  read(sql: string): void {
    for (let at = 0; at < sql.length;) at += this.#step(sql, at)
  }

  take({ value, isText }: Given): void {
    const within = this.#within
    if (within.kind === 'line' || within.kind === 'block') return
    if (within.kind === 'text') {
      if (within.prefix !== undefined && !this.#rules.plainPrefix?.test(within.prefix))
        throw new TemplateError("A value cannot stand in a text with a prefix, such as E'…': write it between plain quotes.")
      this.#says += toText(value)
      this.#hasValue = true
    } else if (within.kind === 'name') {
      if (!isText) throw new TemplateError(`A value cannot stand in a name in ${within.quote}: a name is text, and written as {{{ }}}.`)
      this.#part += this.#asName(withoutMark(toText(value)), within.quote)
    } else if (isText) this.read(withoutMark(toText(value)))
    else this.#bind(value)
  }

  end(): Statement {
    if (this.#within.kind === 'text') {
      if (this.#hasValue) throw new TemplateError('The statement ends within a text in quotes.')
      this.#part += this.#written
    }
    return { parts: [...this.#parts, this.#part], values: this.#values }
  }

  #asName(text: string, quote: string): string {
    if (this.#rules.doublesQuotes) return text.replaceAll(quote, quote + quote)
    if (text.includes(quote) || text.includes('\\')) throw new TemplateError(`A name cannot hold ${quote} or a backslash.`)
    return text
  }

  #bind(value: unknown): void {
    // What stands beside it must not become part of its name.
    this.#parts.push(wordSign.test(this.#part.at(-1) ?? '') ? `${this.#part} ` : this.#part)
    this.#values.push(value)
    this.#part = ''
  }

  /** Reads one sign, or several that belong together; answers how many. */
  #step(sql: string, at: number): number {
    const within = this.#within
    if (within.kind === 'text') return this.#stepText(sql, at, within)
    const sign = sql[at] as string
    if (within.kind === 'code') return this.#stepCode(sql, at, sign)
    this.#part += sign
    if (within.kind === 'line') {
      if (sign === '\n' || sign === '\r') this.#within = code
    } else if (within.kind === 'name') {
      // Doubled it ends, and the next begins at once.
      if (sign === within.quote) this.#within = code
    } else if (within.kind === 'block') return this.#stepBlock(sql, at, within)
    return 1
  }

  #stepBlock(sql: string, at: number, within: Block): number {
    const two = sql.slice(at, at + 2)
    const ends = two === '*/'
    if (!ends && !(this.#rules.nests && two === '/*')) return 1
    this.#part += two[1]
    within.depth += ends ? -1 : 1
    if (within.depth === 0) this.#within = code
    return 2
  }

  #stepCode(sql: string, at: number, sign: string): number {
    const before = this.#part === '' && this.#parts.length > 0 ? '$' : (this.#part.at(-1) ?? '')
    const { texts, dollars, names: quotes, lineComment } = this.#rules
    const text = texts.find((quote) => sql.startsWith(quote, at))
    if (text !== undefined) return this.#open(text)
    if (sign === '$' && dollars && !wordSign.test(before)) {
      const tag = dollars.exec(sql.slice(at, at + 100))?.[0]
      if (tag) return this.#open(tag)
    }
    this.#part += sign
    const quote = quotes[sign]
    if (quote !== undefined) this.#within = { kind: 'name', quote }
    else if (lineComment.test(sql.slice(at, at + 3))) this.#within = { kind: 'line' }
    else if (sql.startsWith('/*', at)) {
      this.#part += '*'
      this.#within = { kind: 'block', depth: 1 }
      return 2
    }
    return 1
  }

  #open(quote: string): number {
    const isDollars = quote.startsWith('$')
    const prefix = isDollars ? undefined : /(?:^|[^\w$\u0080-\uffff])((?:[eEbBxXnNrR]|[rR][bB]|[bB][rR]|[uU]&))$/.exec(this.#part)?.[1]
    const { escapes, doublesQuotes } = this.#rules
    this.#within = {
      kind: 'text',
      quote,
      escapes: isDollars ? undefined : (escapes ?? (prefix?.toLowerCase() === 'e' ? {} : undefined)),
      doubles: doublesQuotes && quote.length === 1,
      prefix,
    }
    this.#written = quote
    this.#says = ''
    this.#hasValue = false
    return quote.length
  }

  #stepText(sql: string, at: number, { quote, escapes, doubles, prefix }: Quoted): number {
    const sign = sql[at] as string
    if (escapes && sign === '\\' && at + 1 < sql.length) {
      const [written, says] = readEscape(sql.slice(at, at + 10), escapes)
      this.#written += written
      this.#says += says
      return written.length
    }
    if (sql.startsWith(quote, at)) {
      if (doubles && sql[at + 1] === quote) {
        this.#written += quote + quote
        this.#says += quote
        return 2
      }
      this.#within = code
      if (this.#hasValue) {
        if (prefix !== undefined) this.#part = this.#part.slice(0, -prefix.length)
        this.#bind(this.#says)
      } else this.#part += this.#written + quote
      return quote.length
    }
    this.#written += sign
    this.#says += sign
    return 1
  }
}

/** What a backslash begins, as it is written and what it says. */
function readEscape(text: string, escapes: Readonly<Record<string, string>>): readonly [written: string, says: string] {
  const next = text[1] as string
  const [written, digits] = /^\\(?:x([\da-f]{2})|u([\da-f]{4}))/i.exec(text) ?? []
  // Those that know `\a` know these, too.
  if (written !== undefined && 'a' in escapes) return [written, String.fromCodePoint(Number.parseInt(digits ?? written.slice(2), 16))]
  return [`\\${next}`, escapes[next] ?? next]
}

function withoutMark(text: string): string {
  if (text.includes(mark)) throw new TemplateError('A text that becomes part of a statement cannot hold a NUL.')
  return text
}
