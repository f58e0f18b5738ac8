/** Statements of a step, made of their templates: those of records that are asked for together go together. */
import type { Lookup } from '../../../contract/shared/lookup.ts'
import { StepFailure, type Failure } from '../../adaptor.ts'
import type { TextsInput } from '../../evaluation/request-templates.ts'
import type { Context } from '../../outgoing/request-texts.ts'
import type { Statement } from '../../template/statement.ts'
import { isTemplate } from '../../template/template.ts'
import type { DatabaseClient } from './client.ts'

/** One an input, or why it cannot be made. Throws `StepFailure` where nobody could be asked. */
export type MakeStatements = (inputs: readonly TextsInput[]) => Promise<readonly (Statement | Failure)[]>

/** Throws `StepFailure` where the template can never work. */
export async function prepareStatements(
  { database, evaluate }: Pick<DatabaseClient, 'database' | 'evaluate'>,
  template: string,
  shared: Context,
  tables?: readonly Lookup[],
): Promise<MakeStatements> {
  if (!isTemplate(template)) {
    const constant: Statement = { parts: [template], values: [] }
    return async (inputs) => inputs.map(() => constant)
  }
  const evaluation = evaluate({
    kind: 'statement',
    source: 'internal',
    template,
    dialect: database.dialect,
    shared,
    ...(tables && { tables }),
  })
  await evaluation.ready
  return async (inputs) => (await evaluation.all(inputs)).map((made) => ('stopped' in made ? made.stopped : made.value))
}

/** One by itself. Throws `StepFailure`. */
export async function makeStatement(make: MakeStatements, input: TextsInput): Promise<Statement> {
  const [made] = await make([input])
  if (!made || 'message' in made)
    throw new StepFailure(made ?? { source: 'internal', code: 'template_failed', message: 'No statement was made.' })
  return made
}
