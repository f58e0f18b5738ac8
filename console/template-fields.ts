/** The fields of exports and imports that hold templates, as the contract says. Vite computes it while it builds: the browser gets the result. */
import type { TSchema } from 'typebox'
import { resources } from '../src/contract/resources/index.ts'
import { toHint } from './to-hint.ts'

export interface TemplateField {
  /** Names with dots between them; `0` stands for the first of a list, `*` for each. */
  readonly path: string
  readonly hint: string
}

interface Shape {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly items?: TSchema
  readonly description?: string
}

const isTemplate = ({ description = '' }: Shape): boolean => /\bHandlebars\b/.test(description)

function listTemplates(schema: TSchema, path: string): readonly TemplateField[] {
  const shape = schema as Shape
  const hint = toHint(shape.description)
  if (isTemplate(shape) && shape.type === 'string') return [{ path, hint }]
  if (isTemplate(shape) && shape.type === 'array') return [{ path: `${path}.0`, hint }]
  const below = Object.entries(shape.properties ?? {}).flatMap(([name, each]) =>
    listTemplates(each, path === '' ? name : `${path}.${name}`),
  )
  return shape.items ? [...below, ...listTemplates(shape.items, `${path}.*`)] : below
}

export const templateFields: Readonly<Record<'exports' | 'imports', readonly TemplateField[]>> = {
  exports: listTemplates(resources.exports.body, ''),
  imports: listTemplates(resources.imports.body, ''),
}
