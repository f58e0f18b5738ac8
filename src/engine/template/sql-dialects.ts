/** How databases read quotes, comments and escapes. A database is a line here. */

export type Dialect = 'postgresql' | 'mysql' | 'sqlserver' | 'oracle' | 'snowflake' | 'bigquery'

export interface DialectRules {
  /** What a text begins and ends with, the longest first. */
  readonly texts: readonly string[]
  /** Written twice, a quote is a sign of its text. */
  readonly doublesQuotes: boolean
  /** What a backslash and a sign say in a text; undefined where a backslash is a sign like others. */
  readonly escapes?: Readonly<Record<string, string>>
  /** What quotes a text in dollars. */
  readonly dollars?: RegExp
  /** What names begin and end with. */
  readonly names: Readonly<Record<string, string>>
  /** What begins a comment to the end of its line. */
  readonly lineComment: RegExp
  /** Comments are within each other. */
  readonly nests: boolean
  /** A text that this stands before is one like those that are bound. */
  readonly plainPrefix?: RegExp
}

/** What C and its heirs say. */
const usualEscapes: Readonly<Record<string, string>> = {
  0: '\0',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

export const dialects: Readonly<Record<Dialect, DialectRules>> = {
  postgresql: {
    texts: ["'"],
    doublesQuotes: true,
    dollars: /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/,
    names: { '"': '"' },
    lineComment: /^--/,
    nests: true,
  },
  mysql: {
    texts: ["'", '"'],
    doublesQuotes: true,
    escapes: { 0: '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a', '%': '\\%', _: '\\_' },
    names: { '`': '`' },
    lineComment: /^(?:#|--\s)/,
    nests: false,
  },
  sqlserver: {
    texts: ["'"],
    doublesQuotes: true,
    names: { '"': '"', '[': ']' },
    lineComment: /^--/,
    nests: true,
    plainPrefix: /^n$/i,
  },
  oracle: {
    texts: ["'"],
    doublesQuotes: true,
    names: { '"': '"' },
    lineComment: /^--/,
    nests: false,
    plainPrefix: /^n$/i,
  },
  snowflake: {
    texts: ["'"],
    doublesQuotes: true,
    escapes: usualEscapes,
    dollars: /^\$\$/,
    names: { '"': '"' },
    lineComment: /^(?:--|\/\/)/,
    nests: false,
  },
  bigquery: {
    texts: ["'''", '"""', "'", '"'],
    doublesQuotes: false,
    escapes: usualEscapes,
    names: { '`': '`' },
    lineComment: /^(?:--|#)/,
    nests: false,
  },
}
