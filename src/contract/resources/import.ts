/** An import: where records go over a connection, how they are mapped on the way, and what is done about those that are there already. */
import { Type } from 'typebox'
import { link, objectId, ref } from '../kit.ts'
import { defineResource } from '../resource.ts'
import type { Filter } from '../shared/filter.ts'
import type { Form } from '../shared/form.ts'
import type { Hook } from '../shared/hook.ts'
import type { Lookup } from '../shared/lookup.ts'
import type { Mapping } from '../shared/mapping.ts'
import type { PreSave } from '../shared/pre-save.ts'
import type { Settings } from '../shared/settings.ts'
import type { Transform } from '../shared/transform.ts'
import { choice, flag, anyObject, list, optional, nameBounds, number, object, text } from '../shared/schema-helpers.ts'
import { lineage, stepStamps } from './read-only-fields.ts'
import { aiAgent, guardrail } from './import/ai.ts'
import { as2 } from './import/as2.ts'
import { dynamodb } from './import/dynamodb.ts'
import { file } from './import/file.ts'
import { filesystem } from './import/filesystem.ts'
import { ftp } from './import/ftp.ts'
import { http } from './import/http.ts'
import { jdbc } from './import/jdbc.ts'
import { mapping } from './import/mapping.ts'
import { mcp } from './import/mcp.ts'
import { mongodb } from './import/mongodb.ts'
import { netsuiteDistributed } from './import/netsuite-distributed.ts'
import { netsuite } from './import/netsuite.ts'
import { rdbms } from './import/rdbms.ts'
import { s3 } from './import/s3.ts'
import { salesforce } from './import/salesforce.ts'
import { tool } from './import/tool.ts'
import { wrapper } from './import/wrapper.ts'
import { parsers } from './step.ts'

const adaptorTypes = [
  'HTTPImport',
  'FTPImport',
  'AS2Import',
  'S3Import',
  'NetSuiteImport',
  'NetSuiteDistributedImport',
  'SalesforceImport',
  'JDBCImport',
  'RDBMSImport',
  'MongodbImport',
  'DynamodbImport',
  'WrapperImport',
  'AiAgentImport',
  'GuardrailImport',
  'FileSystemImport',
  'MCPImport',
  'ToolImport',
] as const

const hook = (description: string) => link<Hook>('Hook', { description })

const records = optional({
  filter: link<Filter>('Filter', { description: 'Which records are imported. The others go on to the next step and count as ignored.' }),
  mapping,
  mappings: list(link<Mapping>('Mapping'), 'The mapping, as a tree of target fields (Mapper 2.0). Not together with `mapping`.'),
  lookups: list(link<Lookup>('Lookup'), 'Lookups that the mapping names.'),
  hooks: object(
    'Code of your own at each stage.',
    optional({
      preMap: hook('Gets records before they are mapped. Returns as many: each with data, errors, both, or empty to leave it out.'),
      postMap: hook('Gets records before and after mapping. Returns as many.'),
      postSubmit: hook('Gets records and the answers of the application. Returns as many answers.'),
      postAggregate: hook('Is told of the file once all records are in it. What it returns is not used.'),
    }),
  ),
  responseTransform: link<Transform>('Transform', { description: 'Reshapes the answer of the application before the flow maps it back.' }),
  oneToMany: flag(
    'True imports each entry of a list within the record instead of the record. Entries see the record as `_PARENT`, which is not sent along. Of the answers `id` and `_json` are lists, an element for each entry that was imported. A retry sends only the entries that failed.',
  ),
  pathToMany: text('Path of that list, for `oneToMany`.'),
  ignoreExisting: flag('True leaves out records that the application already has.'),
  ignoreMissing: flag('True leaves out records that the application does not have, instead of failing them.'),
  idLockTemplate: text('Records for which this gives the same are not imported at the same time. Handlebars.'),
  maxAttempts: number('Times that the request of a record is made at the most, where it fails for a reason that may pass; 10 at the most.'),
  traceKeyTemplate: text('What identifies a record in errors and logs. Handlebars. Found out from common id fields where it is absent.'),
  dataURITemplate: text('Address of the record in its application, shown beside errors. Handlebars.'),
  blob: flag('True imports files as they are.'),
  blobKeyPath: text('Path in the record of the key of the file to import.'),
  deleteAfterImport: flag('True removes the file once it was imported.'),
  parsers,
})

const adaptors = optional({
  http,
  ftp,
  file,
  filesystem,
  s3,
  as2,
  rdbms,
  jdbc,
  mcp,
  mongodb,
  dynamodb,
  netsuite,
  netsuite_da: netsuiteDistributed,
  salesforce,
  wrapper,
  aiAgent,
  guardrail,
  tool,
  distributed: flag('True where the companion app of the application does the work.'),
  distributedAdaptorData: anyObject('What the companion app needs to know.'),
})

export const importResource = defineResource({
  name: 'import',
  model: 'Import',
  collection: 'imports',
  description: 'An import: where records go over a connection, and how they are mapped on the way.',
  body: Type.Object({
    name: text('What people call it, at most 200 characters. Need not be unique.', nameBounds),
    ...optional({
      description: text('What it writes, at most 10,240 characters.', { maxLength: 10_240 }),
      _connectionId: ref('connections', { description: 'Connection that records go over.' }),
      _integrationId: ref('integrations', { description: 'Integration that the import belongs to.' }),
      _connectorId: ref('connectors', { readOnly: true, description: 'Integration App that the import comes from.' }),
      adaptorType: choice(adaptorTypes, 'Kind of import. The block of that name says the rest: `http` for `HTTPImport`.'),
      externalId: text('Name of your own for it, under which other systems know it.'),
    }),
    ...records,
    ...adaptors,
    ...optional({
      settingsForm: link<Form>('Form', { description: 'Form for entering `settings`.' }),
      settings: link<Settings>('Settings', { description: 'Values of your own that scripts, filters and templates read.' }),
      preSave: link<PreSave>('PreSave', { description: 'Function that may change or refuse the import before it is stored.' }),
      mockResponse: Type.Unknown({ description: 'Answer that stands in for that of the application in a test.' }),
      sampleData: Type.Unknown({ description: 'An example of what goes out, for editors.' }),
      sampleResponseData: Type.Unknown({ description: 'An example of what the application answers, for editors.' }),
      unencrypted: anyObject('Values of your own that are no secret. Templates read them.'),
      assistant: text('Prepared form that the import was made with, by the name of the application.'),
      assistantMetadata: anyObject('What the prepared form remembers.'),
      modelMetadata: anyObject('What is known of the fields of the application, for editors.'),
      useTechAdaptorForm: flag('True lets people edit the import without the prepared form.'),
      _ediProfileId: ref('ediprofiles', { description: 'EDI profile that documents are written by.' }),
    }),
  }),
  answered: {
    ...lineage,
    ...stepStamps,
    ...optional({ _userId: objectId({ readOnly: true, description: 'User who made the import.' }) }),
  },
  ignorable: [
    'name',
    'description',
    'externalId',
    'settings',
    'settingsForm',
    'http.relativeURI',
    'http.headers',
    'http.batchSize',
    'rdbms.query',
    'ftp.directoryPath',
    'ftp.fileName',
    'sampleData',
    'mockResponse',
    'lookups',
    'traceKeyTemplate',
    'dataURITemplate',
  ],
  identity: ['_id', 'name', 'adaptorType'],
  filters: ['_integrationId', '_connectionId', 'adaptorType', '_sourceId', 'name'],
  unversioned: ['_connectorId'],
})
