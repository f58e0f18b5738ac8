/** What an API answers with: one of several answers, each with its own status, headers and body. */
import { Type } from 'typebox'
import { link } from '../../kit.ts'
import { rules } from '../../shared/filter.ts'
import type { Lookup } from '../../shared/lookup.ts'
import type { ScriptFunction } from '../../shared/script-function.ts'
import { choice, anyObject, integer, list, optional, object, text } from '../../shared/schema-helpers.ts'
import { deciders } from '../tool/router.ts'
import { about, headerKey, label } from './request.ts'

const header = Type.Object(
  optional({ key: headerKey, value: text('Its value.', { maxLength: 256 }), description: about('What the header is for') }),
)
const mapping = Type.Object(
  optional({
    generate: text('Field of the body to write.'),
    extract: text('Where the value comes from.'),
    hardcodedValue: Type.Unknown({ description: 'A fixed value, instead of one that is extracted.' }),
    lookupName: text('Lookup that translates the value.', { 'x-sluice-extension': true }),
  }),
)

export const response = Type.Object(
  optional({
    id: text('Identifies the answer; the response router names it by this.'),
    name: label('What people call the answer'),
    description: about('When it is given'),
    type: choice(['success', 'fail', 'custom'], 'Whether it is the answer to a call that worked, to one that failed, or to one it fits.'),
    statusCode: integer('Status of the answer.', { minimum: 100, maximum: 599 }),
    headers: list(header, 'Headers of the answer.'),
    inputFilter: object(
      'Which records are answered this way.',
      optional({ version: choice(['1'], 'Version of the filter language.'), rules }),
    ),
    bodySchema: anyObject('JSON Schema of the body.'),
    mockInput: anyObject('An example of the record that the body is made from.'),
    mappings: list(mapping, 'How the body is made from the record that went through the steps.'),
    lookups: list(link<Lookup>('Lookup'), 'Lookups that the mappings name.'),
    hooks: object(
      'Code of your own.',
      optional({
        preMap: link<ScriptFunction>('ScriptFunction', { description: 'Gets the record before the mappings.' }),
        postMap: link<ScriptFunction>('ScriptFunction', { description: 'Gets the body after the mappings.' }),
      }),
    ),
  }),
)

export const responseRouter = object(
  'What decides which answer is given.',
  optional({
    id: choice(['apiRouter'], 'Identifies the router within the API.'),
    routeRecordsUsing: choice(deciders, 'Whether the filters of the answers decide, or a script.'),
    script: link<ScriptFunction>('ScriptFunction', { description: 'A function that gets a record and returns the answer to give.' }),
  }),
)
