/** What a flow says for itself about an export of its pattern. */
import { Type } from 'typebox'
import { link, ref, secret } from '../../kit.ts'
import { rules } from '../../shared/filter.ts'
import type { ResponseMapping } from '../../shared/response-mapping.ts'
import { flag, anyObject, integer, list, optional, object, text, texts } from '../../shared/schema-helpers.ts'

const sealed = (what: string) => secret({ description: `${what}, sealed elsewhere.` })
const salt = (what: string) => secret({ description: `What ${what} was sealed with.` })

const webhook = object(
  'How its webhook is called.',
  optional({
    token_crypt: sealed('Token'),
    token_salt: salt('the token'),
    path: text('Path of the token in the body.'),
    key_crypt: sealed('Key of the signature'),
    key_salt: salt('the key'),
    header: text('Header that carries the signature.'),
    username: text('User name.'),
    password_crypt: sealed('Password'),
    password_salt: salt('the password'),
    successStatusCode: integer('Status that the sender is answered.'),
    successBody: text('Body that the sender is answered.'),
    successMediaType: text('How that body is written.'),
  }),
)

const delta = object(
  'How it knows what has changed.',
  optional({
    dateField: text('Field of the record that says when it last changed.'),
    dateFormat: text('Format of dates in requests, in Moment.js tokens.'),
    startDate: text('Where the first run begins.'),
    lagOffset: integer('Milliseconds to go back before the last run.'),
    endDateField: text('Field of the record that says until when it counts as changed.'),
  }),
)

const identity = optional({
  _abstractId: text('Id within the pattern of the export that is meant.'),
  _id: ref('exports', { description: 'Export to use instead.' }),
  _connectionId: ref('connections', { description: 'Connection to fetch over.' }),
  _keepDeltaBehindFlowId: ref('flows', { description: 'Flow whose last run decides where a delta begins.' }),
  _keepDeltaBehindExportId: ref('exports', { description: 'Page generator of that flow which is meant.' }),
})

const inFlow = optional({
  schedule: text('When it runs by itself. Cron with six fields, of which the first is `?`.'),
  skipRetries: flag('True keeps no data for retrying failed records.'),
  proceedOnFailure: flag('True lets a record that failed here go on to the next step.'),
  responseMapping: link<ResponseMapping>('ResponseMapping', { description: 'What of the answer is copied into the record.' }),
})

export const exportOverride = Type.Object({
  ...identity,
  ...inFlow,
  ...optional({
    pageSize: integer('Records of one page at the most.'),
    dataURITemplate: text('Address of the record in its application. Handlebars.'),
    traceKeyTemplate: text('What identifies a record in errors and logs. Handlebars.'),
    pathToMany: text('Path of the list that it runs for entry by entry.'),
    inputFilter: object('Which records a lookup runs for.', optional({ version: text('Version of the filter language.'), rules })),
    groupByFields: texts('Records that agree in these fields travel together as one.'),
    test: object('How a run of type `test` is cut short.', optional({ limit: integer('Records to fetch in all.') })),
    delta,
    once: object('How it marks what it has fetched.', optional({ booleanField: text('Field that is set to true.') })),
    valueDelta: object(
      'How it knows by a value what is yet to be fetched.',
      optional({
        exportedField: text('Field that says what has been fetched.'),
        pendingField: text('Field that says what is to be fetched.'),
      }),
    ),
    webhook,
    distributed: object(
      'Access of the application that sends changes as they happen.',
      optional({ bearerToken_crypt: sealed('Token that it sends'), bearerToken_salt: salt('the token') }),
    ),
    hooks: anyObject('Code of its own.'),
    transform: anyObject('How records are reshaped.'),
    parsers: list(anyObject('A rule of a parser.'), 'How content is taken apart.'),
    filters: anyObject('Which records go on.'),
    formSchema: anyObject('Form for entering its settings.'),
    preSaveSchema: anyObject('Function that runs before it is stored.'),
    settings: anyObject('Values of its own that scripts, filters and templates read.'),
    idLockTemplate: text('Records for which this gives the same do not run at the same time. Handlebars.'),
  }),
})
