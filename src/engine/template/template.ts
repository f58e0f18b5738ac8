/** Handlebars as integrator.io writes it: escaped by where the text goes (URI, JSON, SQL), never for HTML, with its helpers and nothing else. */
import type Handlebars from 'handlebars'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { measureTemplate } from '../../domain/limits/template-limits.ts'
import { boundedCache } from '../values/bounded-cache.ts'
import { toText } from '../values/plain-value.ts'
import type { TemplateHelper } from './helpers/template-helper.ts'
import { templateHelpers } from './helpers/index.ts'
import {
  checkTime,
  type Place,
  type Escaping,
  largestOutput,
  rendering,
  renderWithin,
  type RenderOptions,
  spendCharacters,
  TemplateError,
  tooLarge,
} from './template-run.ts'
import { prepareTree, writeEscaped, writeRaw } from './template-tree.ts'

export { TemplateError, type Escaping, type RenderOptions } from './template-run.ts'

export interface Template {
  /** Throws `TemplateError`. */
  render(context: Readonly<Record<string, unknown>>, escaping: Escaping, options?: RenderOptions): string
}

/** Of compiled templates. Bytes. */
const keptBytes = 32 * 1024 * 1024
/** A template of 30 kB takes 10 MB once it is compiled. */
const bytesPerCharacter = 350

const compiled = boundedCache<Template>(keptBytes, bytesPerCharacter)

export const isTemplate = (text: string): boolean => text.includes('{{')

/** Throws `TemplateError` where the template cannot be compiled or rendered. A text without `{{` is its own result. */
export function render(template: string, context: Readonly<Record<string, unknown>>, escaping: Escaping, options?: RenderOptions): string {
  return isTemplate(template) ? compileTemplate(template).render(context, escaping, options) : template
}

/** Throws `TemplateError`. Steps compile theirs once and hold them; the cache is for templates that come with a call. */
export const compileTemplate = (template: string): Template => compiled.of(template, build)

/** Every helper that a template may call: ours, and those of Handlebars that are kept. */
export const helperNames: ReadonlySet<string> = new Set([...templateHelpers.map((helper) => helper.name), 'if', 'unless', 'with'])
const writtenFor = new Map(templateHelpers.map((helper) => [helper.name, helper.writtenFor]))

const handlebars = lazyLoad<typeof Handlebars>('handlebars')
let environment: typeof Handlebars | undefined
const ourHandlebars = (): typeof Handlebars => (environment ??= createEnvironment(templateHelpers))
/** For templates that call no helper: each rendering goes over all of them once, which took longer than everything else of it. */
let withoutHelpers: typeof Handlebars | undefined
const plainHandlebars = (): typeof Handlebars => (withoutHelpers ??= createEnvironment([]))

/** One of our own: what other code registers with Handlebars is not seen here, and no helper of Handlebars that writes to the console. */
function createEnvironment(helpers: readonly TemplateHelper[]): typeof Handlebars {
  const own = handlebars().create()
  for (const name of ['log', 'lookup', 'helperMissing']) own.unregisterHelper(name)
  for (const { name, run } of helpers) own.registerHelper(name, bounded(run))
  own.registerHelper(writeEscaped, (value: unknown, name: string, inCdata: boolean, inQuotes: boolean) =>
    written(value, name, { inCdata, inQuotes }),
  )
  own.registerHelper(writeRaw, (value: unknown, name: string) => written(value, name, undefined))
  return own
}

/** Said although they are the defaults: a template must not reach `constructor` or `__proto__`, and being asked must not log. */
const guarded = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false, allowCallsToHelperMissing: false }
const knownHelpers = Object.fromEntries([...helperNames, writeEscaped, writeRaw].map((name) => [name, true]))

function build(template: string): Template {
  // An object would be taken for a syntax tree, and a tree can carry code.
  if (typeof template !== 'string') throw new TemplateError('A template must be a text.')
  const { refusal } = measureTemplate(template)
  if (refusal !== undefined) throw new TemplateError(`The template ${refusal}.`)
  const run = tryHandlebars(() => {
    const tree = ourHandlebars().parse(template)
    const { callsHelper } = prepareTree(tree, helperNames)
    return (callsHelper ? ourHandlebars() : plainHandlebars()).compile<unknown>(tree, { noEscape: true, knownHelpers })
  })
  return {
    render: (context, escaping, options = {}) =>
      renderWithin(escaping, options, context, () => {
        const text = tryHandlebars(() => run(context, guarded))
        if (text.length > largestOutput) throw tooLarge()
        return text
      }),
  }
}

function tryHandlebars<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof TemplateError) throw error
    throw new TemplateError(`The template cannot be used: ${reasonOf(error)}`, { cause: error })
  }
}

/** The parser says where, then draws an arrow, then lists the words of its grammar. */
const reasonOf = (error: unknown): string =>
  error instanceof Error
    ? error.message
        .split('\n')
        .filter((line) => !/^-*\^|^Expecting /.test(line))
        .join(' ')
    : 'unknown'

/** A helper within a helper is neither written nor a turn of a loop, and may still double a text fifty times. */
function bounded(run: TemplateHelper['run']): TemplateHelper['run'] {
  return function (this: unknown, ...args) {
    checkTime()
    const value = run.apply(this, args)
    if (typeof value === 'string' && value.length > largestOutput) throw tooLarge()
    return value
  }
}

/** Without a place it is written as it is. */
function written(value: unknown, name: string, place: Place | undefined): string {
  const { escaping, options } = rendering()
  if (value === undefined && options.strict) throw new TemplateError(`The template needs "${name}", which is missing.`)
  const text = toText(value)
  if (options.bind) {
    spendCharacters(text.length)
    return options.bind(value, name, place === undefined)
  }
  const out = place && writtenFor.get(name) !== escaping ? escapes[escaping](text, place) : text
  spendCharacters(out.length)
  return out
}

const escapes: Readonly<Record<Escaping, (text: string, place: Place) => string>> = {
  raw: (text) => text,
  uri: (text) => encodeURIComponent(text.toWellFormed()),
  json: (text) => JSON.stringify(text).slice(1, -1),
  sql: (text) => `'${text.replaceAll("'", "''")}'`,
  xml: escapeXml,
  csv: escapeCsv,
}

/** Characters that XML 1.0 has no way to write. */
// oxlint-disable-next-line no-control-regex -- these are what it is about
const noXml = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }

/** Fit for text and for attributes; a CDATA section ends nowhere but where the template says so. */
function escapeXml(text: string, { inCdata }: Place): string {
  const fit = text.toWellFormed().replace(noXml, '')
  return inCdata ? fit.replaceAll(']]>', ']]]]><![CDATA[>') : fit.replace(/[&<>"']/g, (sign) => entities[sign] as string)
}

/** A cell in quotes where it needs them (RFC 4180), whichever delimiter the file has; within quotes of the template, none around it. */
function escapeCsv(text: string, { inQuotes }: Place): string {
  const doubled = text.replaceAll('"', '""')
  return inQuotes || !/[",;|\t\r\n]|^ | $/.test(text) ? doubled : `"${doubled}"`
}
