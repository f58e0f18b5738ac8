/** A function of a script document. */
import { Type, type Static } from 'typebox'
import { ref } from '../kit.ts'
import { optional, text } from './schema-helpers.ts'

export const ScriptFunction = Type.Object(
  optional({
    _scriptId: ref('scripts', { description: 'Script that holds the function.' }),
    function: text('Name of the function to call.'),
  }),
  { description: 'A function of a script.' },
)
export type ScriptFunction = Static<typeof ScriptFunction>
