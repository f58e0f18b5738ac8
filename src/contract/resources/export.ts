/** An export: what to fetch over a connection, page by page, at the beginning of a flow, or record by record as a lookup in its middle. */
import { Type } from 'typebox'
import { link, objectId, ref, secret } from '../kit.ts'
import { defineResource } from '../resource.ts'
import type { Filter } from '../shared/filter.ts'
import type { Form } from '../shared/form.ts'
import type { Hook } from '../shared/hook.ts'
import type { Mapping } from '../shared/mapping.ts'
import type { PreSave } from '../shared/pre-save.ts'
import type { Settings } from '../shared/settings.ts'
import type { Transform } from '../shared/transform.ts'
import { choice, flag, anyObject, integer, list, optional, nameBounds, object, text, texts } from '../shared/schema-helpers.ts'
import { appStamps, lineage, stepStamps } from './read-only-fields.ts'
import { as2 } from './export/as2.ts'
import { dynamodb } from './export/dynamodb.ts'
import { file } from './export/file.ts'
import { filesystem } from './export/filesystem.ts'
import { ftp } from './export/ftp.ts'
import { http } from './export/http.ts'
import { jdbc } from './export/jdbc.ts'
import { mcp } from './export/mcp.ts'
import { mongodb } from './export/mongodb.ts'
import { netsuite } from './export/netsuite.ts'
import { rdbms } from './export/rdbms.ts'
import { s3 } from './export/s3.ts'
import { salesforce } from './export/salesforce.ts'
import { webhook } from './export/webhook.ts'
import { wrapper } from './export/wrapper.ts'
import { delta, mockOutput, once, test } from './export/which-records.ts'
import { parsers } from './step.ts'

const adaptorTypes = [
  'HTTPExport',
  'FTPExport',
  'AS2Export',
  'S3Export',
  'NetSuiteExport',
  'SalesforceExport',
  'JDBCExport',
  'RDBMSExport',
  'MongodbExport',
  'DynamodbExport',
  'WrapperExport',
  'SimpleExport',
  'WebhookExport',
  'FileSystemExport',
  'MCPExport',
  'RESTExport',
] as const

const lookup = optional({
  isLookup: flag('True for a lookup: it runs in the middle of a flow, once for each record, and gives its answer back to it.'),
  oneToMany: flag('True runs the lookup once for each entry of a list within the record.'),
  pathToMany: text('Path of that list, for `oneToMany`.'),
  inputFilter: link<Filter>('Filter', { description: 'Which records a lookup runs for. The others go on without it.' }),
})

const records = optional({
  filter: link<Filter>('Filter', { description: 'Which records go on, after `transform`.' }),
  mappings: list(link<Mapping>('Mapping'), 'Mapping of the record into the request of a lookup, for HTTP.'),
  transform: link<Transform>('Transform', { description: 'Reshapes each record, before `filter`.' }),
  hooks: object(
    'Code of your own.',
    optional({ preSavePage: link<Hook>('Hook', { description: 'Gets each page after `filter`, and returns the page that goes on.' }) }),
  ),
  groupByFields: texts('Records that agree in these fields travel together as one.'),
  traceKeyTemplate: text('What identifies a record in errors and logs. Handlebars. Found out from common id fields where it is absent.'),
  dataURITemplate: text('Address of the record in its application, shown beside errors. Handlebars.'),
  parsers,
})

const adaptors = optional({
  webhook,
  distributed: object(
    'Access of the application that sends changes as they happen.',
    optional({ bearerToken: secret({ description: 'Token that it sends.', format: 'password' }) }),
  ),
  filesystem,
  simple: object('A file that is sent along with the request that starts the flow.', optional({ file })),
  rest: anyObject('Settings of an export of the older type `RESTExport`. Kept as they are.', { deprecated: true }),
  http,
  file,
  salesforce,
  as2,
  dynamodb,
  ftp,
  jdbc,
  mcp,
  mongodb,
  netsuite,
  rdbms,
  s3,
  wrapper,
})

export const exportResource = defineResource({
  name: 'export',
  model: 'Export',
  collection: 'exports',
  description: 'An export: what to fetch over a connection, at the beginning of a flow or as a lookup in its middle.',
  body: Type.Object({
    name: text('What people call it, at most 200 characters. Need not be unique.', nameBounds),
    ...optional({
      description: text('What it fetches, at most 10,240 characters.', { maxLength: 10_240 }),
      _connectionId: ref('connections', {
        description: 'Connection that records are fetched over. None for webhooks and for data that is sent along.',
      }),
      adaptorType: choice(adaptorTypes, 'Kind of export. The block of that name says the rest: `http` for `HTTPExport`.'),
      externalId: text('Name of your own for it, under which other systems know it.'),
      type: choice(
        ['webhook', 'test', 'delta', 'once', 'tranlinedelta', 'simple', 'blob', 'distributed', 'stream'],
        'Which records each run fetches: all of them where it is absent, a few (`test`), those changed since the last run (`delta`), those not yet fetched (`once`), or those the application sends (`webhook`, `distributed`).',
      ),
      pageSize: integer('Records of one page at the most, from 1 to 10,000. A page also ends at 5 MB.', {
        minimum: 1,
        maximum: 10_000,
        default: 20,
      }),
      delta,
      test,
      once,
    }),
    ...lookup,
    ...records,
    ...adaptors,
    ...optional({
      settingsForm: link<Form>('Form', { description: 'Form for entering `settings`.' }),
      settings: link<Settings>('Settings', { description: 'Values of your own that scripts, filters and templates read.' }),
      preSave: link<PreSave>('PreSave', { description: 'Function that may change or refuse the export before it is stored.' }),
      mockOutput,
      assistant: text('Prepared form that the export was made with, by the name of the application.'),
      assistantMetadata: anyObject('What the prepared form remembers.'),
      sampleData: Type.Unknown({ description: 'An example of what comes in, for editors.' }),
      _ediProfileId: ref('ediprofiles', { description: 'EDI profile that documents are read by.' }),
      _postParseListenerId: ref('exports', { description: 'Export that is told of each file once it is taken apart.' }),
    }),
  }),
  answered: {
    ...appStamps,
    ...lineage,
    ...stepStamps,
    ...optional({
      _userId: objectId({ readOnly: true, description: 'User who made the export.' }),
      asynchronous: flag('True where the flow does not wait for the export.', { readOnly: true }),
    }),
  },
  ignorable: [
    'name',
    'description',
    'externalId',
    'pageSize',
    'settings',
    'settingsForm',
    'delta.startDate',
    'delta.lagOffset',
    'test.limit',
    'http.relativeURI',
    'http.headers',
    'http.body',
    'rdbms.query',
    'ftp.directoryPath',
    'sampleData',
    'mockOutput',
    'traceKeyTemplate',
    'dataURITemplate',
  ],
  identity: ['_id', 'name', 'adaptorType'],
  filters: ['_integrationId', '_connectionId', 'adaptorType', 'type', '_sourceId', 'name'],
})
