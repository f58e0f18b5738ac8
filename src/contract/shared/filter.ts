/** Which records go on. An expression is a prefix array, checked where it is compiled and not here: any JSON array fits. */
import { Type, type Static } from 'typebox'
import { link } from '../kit.ts'
import type { ScriptFunction } from './script-function.ts'
import { choice, optional, object } from './schema-helpers.ts'

/** `["equals", ["string", ["extract", "status"]], "open"]`. */
export const rules = Type.Array(Type.Unknown(), {
  description:
    'Operator first, then its operands, each a literal or an array of the same kind: `["equals", ["string", ["extract", "status"]], "open"]`. Empty lets every record pass.',
})

export const Filter = Type.Object(
  optional({
    type: choice(['expression', 'script'], 'Whether the expression or the script decides. An expression where it is not said.'),
    expression: object('A rule in the filter language.', optional({ version: choice(['1'], 'Version of the filter language.'), rules })),
    script: link<ScriptFunction>('ScriptFunction', { description: 'A function that gets the record and returns whether it goes on.' }),
  }),
  { description: 'Decides which records go on. A record it stops counts as ignored, not as failed.' },
)
export type Filter = Static<typeof Filter>
