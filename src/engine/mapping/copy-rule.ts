/** Rules of the form `{extract, generate}`: read a dotted path, write another. Transform 1.0, response mappings and Mapper 1.0 are made of them. */
import { dottedSteps, PathError, type Step } from '../values/json-path.ts'
import { compileTemplate, isTemplate } from '../template/template.ts'
import { compileWrite, readEach, write } from './write-path.ts'

export interface CopyRule {
  /** The value, still by entries where the path has `[*]`. Throws `TemplateError`. */
  read(from: unknown): unknown
  /** Puts a value into `into`, or into a copy of it unless `made` holds it, and answers that. */
  write(into: unknown, value: unknown, made: WeakSet<object>): unknown
}

/** Throws `PathError` or `TemplateError` where the rule cannot be read. `context` is what templates see. */
export function compileCopy(extract: string, generate: string, context: (from: unknown) => Readonly<Record<string, unknown>>): CopyRule {
  const to = compileWrite(generate)
  return { read: compileRead(extract, context), write: (into, value, made) => write(into, to, value, made) }
}

export function compileRead(extract: string, context: (from: unknown) => Readonly<Record<string, unknown>>): (from: unknown) => unknown {
  if (isTemplate(extract)) {
    const template = compileTemplate(extract)
    return (from) => template.render(context(from), 'raw')
  }
  const steps = stepsOf(extract)
  const first = steps[0]
  // Rows that belong together are one record; a bare name means their first row.
  const firstRow = first !== undefined && 'name' in first
  return (from) => readEach(firstRow && Array.isArray(from) && !/^\d+$/.test(first.name) ? from[0] : from, steps.map(numbered))
}

/** `/a/b` is how paths into XML are written. */
function stepsOf(extract: string): readonly Step[] {
  if (extract === '') throw new PathError('The path to extract from is empty.')
  return dottedSteps(extract.startsWith('/') ? extract.slice(1).replaceAll('/', '.') : extract)
}

const numbered = (step: Step): Step => ('name' in step && /^\d+$/.test(step.name) ? { index: Number(step.name) } : step)
