/** How a record is reshaped on its way: by rules, or by a script. */
import { Type, type Static } from 'typebox'
import { link } from '../kit.ts'
import type { Lookup } from './lookup.ts'
import type { Mapping } from './mapping.ts'
import type { ScriptFunction } from './script-function.ts'
import { choice, list, optional, object, text } from './schema-helpers.ts'

const rule = Type.Object({
  extract: text('Path in the record as it came.'),
  generate: text('Path in the record as it goes on.'),
  ...optional({ key: text('Marks the rule in the editor that made it.') }),
})

export const Transform = Type.Object(
  optional({
    type: choice(['expression', 'script'], 'Whether rules or a script reshape the record.'),
    expression: object(
      'Rules, in the version that is named.',
      optional({
        version: choice(['1', '2'], '`1` reads `rules`, `2` reads `rulesTwoDotZero`.'),
        rules: Type.Array(Type.Array(rule), { description: 'Version 1: sets of rules. One set is enough.' }),
        rulesTwoDotZero: object(
          'Version 2: a mapping tree.',
          optional({
            mode: choice(['create', 'modify'], 'Whether the rules build a new record or change the one that came.'),
            mappings: list(link<Mapping>('Mapping'), 'The mapping tree.'),
            lookups: list(link<Lookup>('Lookup'), 'Lookups that the mappings name.'),
          }),
        ),
      }),
    ),
    script: link<ScriptFunction>('ScriptFunction', { description: 'A function that gets the record and returns the one that goes on.' }),
  }),
  { description: 'Reshapes records on their way.' },
)
export type Transform = Static<typeof Transform>
