/** What surrounds the record in the templates of a step. Every property is the object's own: handlebars looks at no other. */
import type { ConnectionDoc, Run } from '../adaptor.ts'
import type { Context } from '../outgoing/request-texts.ts'

interface Step {
  readonly doc: { readonly settings?: unknown }
  readonly connection?: ConnectionDoc
  readonly run: Run
}

/** What is the same for every record of a run. `name` is what templates call the step's document. */
export function stepContext({ doc, connection, run }: Step, name: 'export' | 'import', ofConnection: Context): Context {
  return {
    ...ofConnection,
    [name]: doc,
    ...(run.jobId !== undefined && { job: { _id: run.jobId } }),
    testMode: run.testMode,
    settings: {
      integration: run.integration?.settings ?? {},
      flow: run.flow?.settings ?? {},
      [name]: doc.settings ?? {},
      connection: connection?.settings ?? {},
    },
  }
}
