/** What users write for a step, tried on records that are sent along: filters, transforms, templates and functions of scripts. Nothing is stored. */
import { Type } from 'typebox'
import { link } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import type { Filter } from '../../shared/filter.ts'
import type { Lookup } from '../../shared/lookup.ts'
import type { Transform } from '../../shared/transform.ts'
import { anyObject, choice, flag, list, optional, text } from '../../shared/schema-helpers.ts'

/** Records of one preview: five pages of an export. */
const maxRecords = 100
/** Characters of a script, as in its document. */
const maxScript = 1_000_000

/** How a template writes its values. */
export const writtenFor = ['raw', 'uri', 'json', 'xml', 'csv', 'sql'] as const

const record = Type.Unsafe<Record<string, unknown> | unknown[]>({ type: ['object', 'array'], description: 'A record.' })
const records = list(record, `The records, at most ${maxRecords}.`, { maxItems: maxRecords })
const settings = anyObject('What is read as `settings`: an object each for `flow`, `integration`, `export`, `import` and `connection`.')

const failure = Type.Object({
  source: text('Where it comes from, as in the errors of flows.'),
  code: text('A word.'),
  message: text('What is wrong.'),
})
const errors = list(failure, 'What is wrong with the record.')
const whole = list(failure, 'Why nothing can be evaluated at all. `results` is empty then.')

const over = {
  tag: 'previews',
  method: 'POST',
  access: 'manage',
  extent: 'environment',
  status: 200,
  extension: true,
  reads: true,
} as const
/** No document is read: whoever may change steps may try one. */
const withoutDocuments = { ...over, partialAccess: 'everyone' } as const

export const previews = {
  previewFilter: {
    ...withoutDocuments,
    path: '/v1/previews/filter',
    summary: 'Preview a filter',
    description: 'Which of these records a filter lets pass. A filter that is a script is previewed as a function.',
    body: Type.Object({
      filter: link<Filter>('Filter', { description: 'The filter, as exports and imports have it.' }),
      records,
      ...optional({ settings }),
    }),
    refusesUnknown: true,
    result: Type.Object({
      results: list(Type.Object(optional({ passes: flag('True: it goes on.'), errors })), 'One for each record, in order.'),
      ...optional({ errors: whole }),
    }),
    errors: ['invalid_field', 'missing_required_field', 'unknown_field', 'too_many_at_once'],
  },
  previewTransform: {
    ...over,
    partialAccess: 'filtered',
    path: '/v1/previews/transform',
    summary: 'Preview a transform',
    description:
      'What a transform makes of these records. Lookup caches are read. A transform that is a script is previewed as a function.',
    body: Type.Object({
      transform: link<Transform>('Transform', { description: 'The transform, as exports have it.' }),
      records,
      ...optional({ settings }),
    }),
    refusesUnknown: true,
    result: Type.Object({
      results: list(
        Type.Object(optional({ data: Type.Unknown({ description: 'The record as it goes on.' }), errors })),
        'One for each record, in order.',
      ),
      ...optional({ errors: whole }),
    }),
    errors: ['invalid_field', 'invalid_ref', 'missing_required_field', 'unknown_field', 'access_denied', 'too_many_at_once'],
  },
  previewTemplate: {
    ...withoutDocuments,
    path: '/v1/previews/template',
    summary: 'Preview a template',
    description:
      'What a Handlebars template writes. Nothing is read besides what is sent along: secrets of a connection stay what they are answered as.',
    body: Type.Object({
      template: text('The template, at most 100,000 characters.', { maxLength: 100_000 }),
      step: choice(['export', 'lookup', 'import'], 'Whose template it is: an export sees no record.'),
      ...optional({
        records,
        writtenFor: choice(writtenFor, 'How values are written where it stands: `raw` by default.'),
        batched: flag('True for an import with `batchSize`: one text for all records, which are `batch_of_records` too.'),
        surroundings: anyObject('What it sees besides the records, by name: `settings`, `connection`, `import`, `lastExportDateTime`.'),
        lookups: list(link<Lookup>('Lookup'), 'Tables that the helper `lookup` reads.'),
      }),
    }),
    refusesUnknown: true,
    result: Type.Object({
      results: list(
        Type.Object(optional({ text: text('What it writes.'), errors })),
        'One for each record, in order; of an export, and of a batch, one in all.',
      ),
      ...optional({ errors: whole }),
    }),
    errors: ['invalid_field', 'missing_required_field', 'unknown_field', 'too_many_at_once'],
  },
  previewFunction: {
    ...withoutDocuments,
    path: '/v1/previews/function',
    summary: 'Preview a function of a script',
    description:
      'Runs a function of the script that is sent along, and answers what it returns and what it logs. It looks and changes nothing: what would write is refused with `access_denied`. Without `function` the script is read, and none is called. It may run for 3 s, and for 30 s with what it waits for.',
    body: Type.Object({
      content: text('The script: plain JavaScript.', { maxLength: maxScript }),
      ...optional({
        name: text('What the script is called in messages; `script` by default.', { minLength: 1, maxLength: 100 }),
        function: text('Name of the function to call.', { minLength: 1, maxLength: 200 }),
        options: anyObject('What it is called with: what its hook is handed.'),
      }),
    }),
    refusesUnknown: true,
    result: Type.Object(
      optional({
        result: Type.Unknown({ description: 'What it returned; absent where it returned nothing.' }),
        logs: list(
          Type.Object({
            level: Type.Enum(['debug', 'info', 'warn', 'error'], { type: 'string', description: 'By which function of the console.' }),
            message: text('What was written.'),
          }),
          'What it wrote to its console.',
        ),
        error: Type.Object(
          {
            message: text('What went wrong.'),
            ...optional({
              line: Type.Integer({ minimum: 1, description: 'Line of the script.' }),
              trace: text('The calls that led there.'),
              bound: text('The bound that it passed: `time`, `memory`, `result` and others.'),
            }),
          },
          { description: 'Why it returned nothing: it does not compile, it threw, or it passed a bound.' },
        ),
      }),
    ),
    errors: ['invalid_field', 'missing_required_field', 'unknown_field', 'too_many_at_once'],
  },
} as const satisfies Record<string, Operation>
