/** Code that would run, as previews show it before anything is made. */
import { Type } from 'typebox'
import { objectId } from './kit.ts'
import { list, optional, text } from './shared/schema-helpers.ts'

export const toRun = Type.Object({
  path: text('Where the app names the function: `installSteps.0.function`.'),
  function: text('Its name.'),
  ...optional({
    _scriptId: objectId({ description: 'Script that holds it.' }),
    _stackId: objectId({ description: 'Stack that serves it.' }),
    script: text('Name of the script.'),
    sha256: text('Hash of the text of the script as it is now.'),
    stack: text('Name of the stack.'),
    hostURI: text('Where the stack serves it.'),
  }),
})

export const scriptsToRun = list(
  Type.Object({
    _id: objectId({ description: 'The script.' }),
    name: text('What it is called.'),
    sha256: text('Hash of its text.'),
    ...optional({ content: text('Its text. Left out where all of them would be too long for one answer: name it as `_scriptId` then.') }),
    functions: list(Type.Object({ path: text('Where it is named.'), function: text('Its name.') }), 'Functions of it that would run.'),
  }),
  'Scripts that hold those functions.',
)
