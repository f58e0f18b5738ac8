/** JSON of a step that is a template: what it gives is escaped for texts of JSON, so that no value of a record becomes a part of it. */
import type { Lookup } from '../../../contract/shared/lookup.ts'
import { parseBounded } from '../../../domain/limits/parse-json.ts'
import { StepFailure } from '../../adaptor.ts'
import type { Evaluate } from '../../evaluation/evaluator.ts'
import { createRendering, type Context, type TextsInput } from '../../outgoing/request-texts.ts'
import { isPlainObject, type PlainObject } from '../../values/plain-value.ts'
import { isTemplate } from '../../template/template.ts'

export interface TemplateMeans {
  readonly evaluate: Evaluate
  readonly shared: Context
  readonly tables?: readonly Lookup[]
}

type Make<T> = (input: TextsInput) => Promise<T>

/** Throws `StepFailure` where it has no template in it and is no JSON; its rendering throws one where what it gives is none. */
export function prepareJson(field: string, template: string, means: TemplateMeans): Make<unknown> {
  if (!isTemplate(template)) {
    const value = parse(field, template)
    return async () => value
  }
  const render = prepareText(template, means, 'json')
  return async (input) => parse(field, await render(input))
}

/** The same of what has to be an object; undefined where nothing is said. */
export function prepareObject(field: string, template: string | null | undefined, means: TemplateMeans): Make<PlainObject> | undefined {
  if (!template?.trim()) return undefined
  const make = prepareJson(field, template, means)
  return async (input) => {
    const made = await make(input)
    if (isPlainObject(made)) return made
    throw failure(`${field} has to be an object, in JSON, once its template is filled in.`)
  }
}

export function prepareText(template: string, { evaluate, shared, tables }: TemplateMeans, escaping: 'json' | 'raw' = 'raw'): Make<string> {
  const { render } = createRendering(evaluate, { texts: [{ template, escaping, sees: 'body' }], shared, ...(tables && { tables }) })
  return async (input) => (await render(input))[0] ?? ''
}

function parse(field: string, text: string): unknown {
  try {
    return parseBounded(text)
  } catch (error) {
    throw failure(`${field} is no JSON${text.trim() === '' ? ', but empty' : ''}: ${(error as Error).message}`)
  }
}

const failure = (message: string): StepFailure => new StepFailure({ source: 'internal', code: 'invalid_json', message })
