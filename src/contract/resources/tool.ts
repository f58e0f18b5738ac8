/** A tool: steps with a declared input and output, which flows, APIs and language models can call as one. */
import { Type } from 'typebox'
import { link, objectId, ref } from '../kit.ts'
import { defineResource } from '../resource.ts'
import type { Lookup } from '../shared/lookup.ts'
import type { Mapping } from '../shared/mapping.ts'
import type { ScriptFunction } from '../shared/script-function.ts'
import type { Transform } from '../shared/transform.ts'
import { flag, anyObject, list, optional, object, text } from '../shared/schema-helpers.ts'
import { deletedAt, lineage } from './read-only-fields.ts'
import { router } from './tool/router.ts'

const label = (what: string) => text(`${what}, at most 200 characters.`, { maxLength: 200 })
const about = (what: string) => text(`${what}, at most 10,240 characters.`, { maxLength: 10_240 })

const input = object(
  'What the tool is called with.',
  optional({
    name: label('What people call the input'),
    description: about('What a caller has to know of the input'),
    schema: anyObject('JSON Schema of the input.'),
    transform: link<Transform>('Transform', { description: 'Reshapes the input before the first router gets it.' }),
    mockInput: anyObject('An example of the input, for trying the tool out.'),
  }),
)

const output = object(
  'What the tool answers with.',
  optional({
    name: label('What people call the output'),
    description: about('What a caller has to know of the output'),
    schema: anyObject('JSON Schema of the output.'),
    mappings: list(link<Mapping>('Mapping'), 'How the output is made from the record that went through the steps.'),
    lookups: list(link<Lookup>('Lookup'), 'Lookups that the mappings name.'),
    hooks: object(
      'Code of your own.',
      optional({
        preMap: link<ScriptFunction>('ScriptFunction', { description: 'Gets the record before the mappings.' }),
        postMap: link<ScriptFunction>('ScriptFunction', { description: 'Gets the output after the mappings.' }),
      }),
    ),
    mockInput: anyObject('An example of the record that the output is made from, for trying the mappings out.'),
  }),
)

export const tool = defineResource({
  name: 'tool',
  model: 'Tool',
  collection: 'tools',
  description: 'A tool: steps with a declared input and output, which flows, APIs and language models can call as one.',
  body: Type.Object({
    name: text('What people call it, at most 200 characters. Need not be unique.', { minLength: 1, maxLength: 200 }),
    _integrationId: ref('integrations', { description: 'Integration that the tool belongs to.' }),
    ...optional({
      description: about('What it does'),
      input,
      output,
      routers: list(router, 'Where records part ways. The first router is where they begin.'),
      aiDescription: anyObject('Summary written by a language model, where one was asked for.'),
    }),
  }),
  answered: {
    ...lineage,
    ...optional({
      _userId: objectId({ readOnly: true, description: 'User who made the tool.' }),
      sandbox: flag('True for a tool of the sandbox environment. Out of use.', { readOnly: true, deprecated: true }),
      deletedAt,
    }),
  },
  keptWhileUsed: 'tool_in_use',
  ignorable: ['name', 'description'],
  identity: ['_id', 'name'],
  filters: ['_integrationId', '_sourceId', 'name'],
})
