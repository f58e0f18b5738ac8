/** Templates, by test/cases/template. What random, dates of now and clocks make is tested here. */
import { describe, expect, it } from 'vitest'
import { compileTemplate, type Escaping, render } from '../../../src/engine/template/template.ts'
import { templateHelpers } from '../../../src/engine/template/helpers/index.ts'
import { cpuTime } from '../../harness/cpu-time.ts'
import { casesIn, messageOf } from './case-files.ts'

interface Case {
  readonly name: string
  readonly template: string
  readonly context?: Record<string, unknown>
  readonly escaping?: Escaping
  readonly strict?: boolean
  readonly lookups?: Record<string, Record<string, unknown>>
  readonly expect?: string
  readonly error?: string
}

const files = casesIn<Case>('template')
const rendered = (c: Case): string =>
  render(c.template, c.context ?? {}, c.escaping ?? 'raw', {
    strict: c.strict ?? false,
    lookup: (name, value) => c.lookups?.[name]?.[String(value)],
  })

describe.each(files)('$file', ({ cases }) => {
  it.each(cases)('$name', (c) => {
    if (c.error === undefined) expect(rendered(c)).toBe(c.expect)
    else expect(messageOf(() => rendered(c))).toBe(c.error)
  })
})

describe('what no table can say', () => {
  it('has a case or a test for every helper', () => {
    // What signs a request is shown by requests.
    const signed = casesIn<{ readonly name: string }>('http-import').map(({ cases }) => JSON.stringify(cases))
    const text = [...files.flatMap(({ cases }) => cases.map((c) => c.template)), ...signed].join('\n')
    const here = ['random', 'timestamp']
    const untested = templateHelpers
      .map(({ name }) => name)
      .filter((name) => !here.includes(name) && !new RegExp(`[{(#]${name}[ }]`).test(text))
    expect(untested).toEqual([])
  })

  it('makes random texts of the length that is asked for', () => {
    expect(render('{{random "number" 9}}', {}, 'raw')).toMatch(/^\d{9}$/)
    expect(render('{{random "crypto"}}', {}, 'raw')).toMatch(/^[A-Za-z0-9]{32}$/)
    expect(render('{{random "uuid"}}', {}, 'raw')).toMatch(/^[0-9a-f-]{36}$/)
    expect(render('{{random "crypto" 8}}', {}, 'raw')).not.toBe(render('{{random "crypto" 8}}', {}, 'raw'))
  })

  it('knows what time it is', () => {
    expect(Math.abs(Date.parse(render('{{timestamp}}', {}, 'raw')) - Date.now())).toBeLessThan(5_000)
    expect(render('{{timestamp "YYYY" "UTC"}}', {}, 'raw')).toBe(String(new Date().getUTCFullYear()))
  })

  it('compiles a template once', () => {
    expect(compileTemplate('{{record.once}}')).toBe(compileTemplate('{{record.once}}'))
  })

  it('stops a template that loops too much, writes too much or is too long', () => {
    const many = { a: Array.from({ length: 100 }, (_, i) => i), long: 'x'.repeat(100_000) }
    expect(messageOf(() => render('{{#each a}}{{#each ../a}}{{#each ../../a}}x{{/each}}{{/each}}{{/each}}', many, 'raw'))).toBe(
      'The template loops more than 100000 times.',
    )
    expect(messageOf(() => render('{{#each a}}{{../long}}{{/each}}', many, 'raw'))).toBe('The template writes more than 5 MB.')
    expect(messageOf(() => render(`{{x}}${' '.repeat(250_000)}`, {}, 'raw'))).toBe('The template is longer than 100,000 characters.')
    expect(messageOf(() => render(`${'{{#if a}}'.repeat(60)}${'{{/if}}'.repeat(60)}`, {}, 'raw'))).toBe(
      'The template is nested deeper than 50 levels.',
    )
  })

  it('takes no syntax tree for a template', () => {
    expect(messageOf(() => compileTemplate({ type: 'Program', body: [] } as unknown as string))).not.toBe('nothing was thrown')
  })

  it('answers in time to a pattern made to hang', () => {
    const { result, ms } = cpuTime(() => render('{{regexMatch text "^(a+)+$"}}', { text: `${'a'.repeat(5_000)}!` }, 'raw'))
    expect(result).toBe('')
    expect(ms).toBeLessThan(1_000)
  })
})
