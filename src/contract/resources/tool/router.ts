/** Where records part ways within a tool or an API. Looser than the router of a flow: nothing but branches is required, and only the first that fits is taken. */
import { Type } from 'typebox'
import { link, open, ref } from '../../kit.ts'
import { rules } from '../../shared/filter.ts'
import type { ResponseMapping } from '../../shared/response-mapping.ts'
import type { ScriptFunction } from '../../shared/script-function.ts'
import { choice, flag, list, optional, object, text } from '../../shared/schema-helpers.ts'

export const deciders = ['input_filters', 'script'] as const

const step = Type.Object(
  optional({
    type: choice(['export', 'import'], 'Whether the step looks something up or writes something.'),
    _exportId: ref('exports', { description: 'Export to look up with.' }),
    _importId: ref('imports', { description: 'Import to write with.' }),
    proceedOnFailure: flag('True lets a record that failed here go on to the next step; false ends its way.'),
    responseMapping: link<ResponseMapping>('ResponseMapping', { description: 'What of the answer is copied into the record.' }),
    hooks: open(
      optional({
        postResponseMap: link<ScriptFunction>('ScriptFunction', {
          description: 'Gets the records after response mapping and returns as many.',
        }),
      }),
      { description: 'Code of your own. The other hooks belong to the export or import.' },
    ),
  }),
)

const branch = Type.Object(
  optional({
    name: text('What people call the branch, at most 300 characters.', { maxLength: 300 }),
    description: text('Which records it is for, at most 10,240 characters.', { maxLength: 10_240 }),
    inputFilter: object(
      'Which records fit. All of them where it is absent or has no rules.',
      optional({ version: choice(['1'], 'Version of the filter language.'), rules }),
    ),
    nextRouterId: text('Id of the router that records come to next. They are done where it is absent.'),
    pageProcessors: list(step, 'Steps that each record goes through, in order.'),
  }),
)

export const router = Type.Object({
  branches: list(branch, 'Ways that records can go, in order.'),
  ...optional({
    id: text('Identifies the router; branches name it by this.'),
    name: text('What people call the router, at most 300 characters.', { maxLength: 300 }),
    routeRecordsTo: choice(['first_matching_branch'], 'A record takes the first branch that fits.', { default: 'first_matching_branch' }),
    routeRecordsUsing: choice(deciders, 'Whether the filters of the branches decide, or a script.', { default: 'input_filters' }),
    script: link<ScriptFunction>('ScriptFunction', { description: 'A function that gets a record and returns the branch it takes.' }),
  }),
})
