/** Texts of requests, made of templates where users write them as such. Constants are not evaluated at all. */
import { StepFailure } from '../adaptor.ts'
import type { Evaluate } from '../evaluation/evaluator.ts'
import type { Text, Texts, TextsInput } from '../evaluation/request-templates.ts'
import type { Surroundings } from '../template/template-context.ts'
import { isTemplate } from '../template/template.ts'

export type { Text, TextsInput } from '../evaluation/request-templates.ts'
export type { Surroundings as Context } from '../template/template-context.ts'

export interface Rendering {
  /** Whether any of the texts sees the records as they came, or as the body has them. What nobody sees need not be handed over. */
  readonly sees: { readonly context: boolean; readonly body: boolean }
  /** The texts, where none of them is a template. */
  readonly constant?: readonly string[]
  /** In the order of the texts; null for those that were left out. Throws `StepFailure`. */
  render(input: TextsInput): Promise<readonly (string | null)[]>
}

/** A template that cannot be used is a failure of whoever holds it: of the step when it is read, of the record when it is rendered. */
export function createRendering(evaluate: Evaluate, texts: Texts): Rendering {
  const templates = texts.texts.filter(({ template }) => isTemplate(template))
  const sees = { context: templates.some((text) => text.sees === 'context'), body: templates.some((text) => text.sees === 'body') }
  if (templates.length === 0) {
    const constant = texts.texts.map(({ template }) => template)
    return { sees, constant, render: async () => constant }
  }
  const evaluation = evaluate({ kind: 'texts', source: 'internal', ...texts })
  return {
    sees,
    async render(input) {
      const rendered = await evaluation.one(input)
      if ('stopped' in rendered) throw new StepFailure(rendered.stopped)
      if ('message' in rendered.value) throw new StepFailure(rendered.value)
      return rendered.value
    },
  }
}

/** One text by itself. */
export async function renderText(evaluate: Evaluate, template: string, shared: Surroundings, input: TextsInput = {}): Promise<string> {
  const { render } = createRendering(evaluate, { texts: [{ template, escaping: 'raw', sees: 'context' } satisfies Text], shared })
  return (await render(input))[0] ?? ''
}
