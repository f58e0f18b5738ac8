/** The statements of test/cases/statement: which text they become, and which values stand beside it. No value becomes text. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dialects as rules, type Dialect } from '../../../src/engine/template/sql-dialects.ts'
import { compileStatement } from '../../../src/engine/template/statement.ts'
import { casesIn } from './case-files.ts'

interface Case {
  readonly name: string
  readonly template: string
  readonly record: object
  /** All, where it is not said. */
  readonly dialects?: readonly Dialect[]
  readonly parts?: readonly string[]
  readonly values?: readonly unknown[]
  readonly error?: string
}

const dialects = Object.keys(rules) as Dialect[]
const cases = casesIn<Case>('statement').flatMap((file) => file.cases)

describe.each(dialects)('%s', (dialect) => {
  it.each(cases.filter((one) => one.dialects?.includes(dialect) ?? true))('$name', ({ template, record, parts, values, error }) => {
    const make = () => compileStatement(template, dialect)({ record }, {})
    if (error === undefined) expect(make()).toEqual({ parts, values })
    else expect(make).toThrow(error)
  })

  it('has the same text whatever a value says', () => {
    const template = `select {{record.a}}, '{{record.a}}', '-{{{record.a}}}-' -- {{record.a}}\n/* {{{record.a}}} */ from t where x in ({{#each record.l}}{{this}},{{/each}}0)`
    const make = compileStatement(template, dialect)
    const { parts } = make({ record: { a: 'x', l: ['y', 'z'] } }, {})
    const signs = fc.constantFrom("'", '"', '`', '\\', '\0', '\n', '--', '/*', '*/', '#', '$$', '$a$', '{{', '}}', 'x', ';', '%')
    const text = fc.array(signs, { maxLength: 12 }).map((some) => some.join(''))
    fc.assert(
      fc.property(text, text, text, (a, y, z) => {
        const made = make({ record: { a, l: [y, z] } }, {})
        expect(made).toEqual({ parts, values: [a, a, `-${a}-`, y, z] })
      }),
    )
  })
})
