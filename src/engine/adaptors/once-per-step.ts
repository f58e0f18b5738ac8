/** What an adaptor makes of a step, kept for as long as the step is the same: compiled templates, credentials. */
import type { ConnectionDoc, Run } from '../adaptor.ts'

interface Step {
  readonly doc: object
  readonly connection?: ConnectionDoc
  readonly run: Run
}

/** What `build` makes of a step, made anew only when the step is another one. Steps of one run share their documents. */
export function oncePerStep<S extends Step, T>(build: (step: S) => T): (step: S) => T {
  const made = new WeakMap<object, { readonly step: S; readonly value: T }>()
  return (step) => {
    const known = made.get(step.doc)
    if (known && known.step.run === step.run && known.step.connection === step.connection) return known.value
    const value = build(step)
    made.set(step.doc, { step, value })
    return value
  }
}
