/** A template as a function of its context. One without expressions is a constant, and its context is never built. */
import { StepFailure } from '../adaptor.ts'
import { compileTemplate, isTemplate, TemplateError, type Escaping, type RenderOptions } from '../steps/template.ts'

export type Context = Readonly<Record<string, unknown>>
export type Text = (context: () => Context) => string

/** A template that cannot be used is a failure of whoever holds it: of the step when it is read, of the record when it is rendered. */
export function textTemplate(template: string, escaping: Escaping, options?: RenderOptions): Text {
  if (!isTemplate(template)) return () => template
  const compiled = tellingWhy(() => compileTemplate(template))
  return (context) => tellingWhy(() => compiled.render(context(), escaping, options))
}

function tellingWhy<T>(act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof TemplateError) throw new StepFailure({ source: 'internal', code: 'template_failed', message: error.message })
    throw error
  }
}
