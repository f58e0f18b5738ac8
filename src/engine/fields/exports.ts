/** The fields of exports. */
import {
  adaptorBlocks,
  stepStamps,
  answered,
  carried,
  except,
  fetchesBlob,
  isHttpFile,
  isOfFiles,
  kept,
  only,
  refused,
  saysSomething,
  unless,
  unusable,
  type Described,
  type Field,
} from './field.ts'
import { documentExports, marksByField } from './document-databases.ts'
import { databaseExports, isOfDatabase, jdbcExports, marksByStatement } from './databases.ts'
import { bucketExports } from './buckets.ts'
import { fileServerExports } from './file-servers.ts'
import { mcpExports } from './mcp.ts'
import { wrapperExports } from './wrappers.ts'
import { readParsers } from '../values/content-parsers.ts'
import { webhookFields } from './webhooks.ts'
import { filesOfExports } from './files.ts'

const unsupported = 'field_unsupported'

/** Whether it says how a record is marked as exported. */
const marks = ({ http }: Described): boolean => saysSomething((http as { once?: { relativeURI?: unknown } } | undefined)?.once?.relativeURI)

/** What a step reads, where it says so itself. */
function typeOfContent({ adaptorType, file, http }: Described): unknown {
  if (isOfFiles(adaptorType) || isHttpFile({ http })) return (file as { type?: unknown } | undefined)?.type
  return (http as { successMediaType?: unknown } | undefined)?.successMediaType || undefined
}

/** What an export of the older type may say. */
const restFields: ReadonlySet<string> = new Set(
  `relativeURI method headers postBody requestMediaType resourcePath successPath successValues once pagingMethod nextPagePath nextPageRelativeURI
  linkHeaderRelation pageArgument skipArgument pagingPostBody maxPagePath maxCountPath lastPageStatusCode lastPagePath lastPageValues lastPageValue`.split(
    /\s+/,
  ),
)

const ofRecords = (by: string, ...paths: readonly string[]): Field[] =>
  except(carried(by, ...paths), {
    code: unsupported,
    says: 'A file is one answer and all of it: file says how it is read.',
    asks: (value, doc) => (isHttpFile(doc) || fetchesBlob(doc)) && saysSomething(value),
  })

const request: readonly Field[] = [
  ...carried('cases/http-export/files.json', 'http.type'),
  ...carried('engine/async-helpers.test.ts', 'http._asyncHelperId'),
  ...carried('cases/http-export/paging.json', 'http.relativeURI'),
  ...carried('cases/http-export/runs.json', 'http.method', 'http.body', 'http.headers[].name'),
  ...carried('engine/adaptors/http-export.test.ts', 'http.headers[].value'),
  ...carried('cases/http-export/runs.json', 'http.requestMediaType'),
  ...carried('cases/http-export/answers.json', 'http.errorMediaType', 'http.successMediaType'),
  ...carried('cases/http-export/runs.json', 'http.once.relativeURI', 'http.once.method', 'http.once.body'),
  ...ofRecords(
    'cases/http-export/paging.json',
    'http.paging.method',
    'http.paging.page',
    'http.paging.skip',
    'http.paging.token',
    'http.paging.path',
    'http.paging.pathLocation',
    'http.paging.pathAfterFirstRequest',
    'http.paging.relativeURI',
    'http.paging.body',
    'http.paging.linkHeaderRelation',
    'http.paging.resourcePath',
    'http.paging.lastPageStatusCode',
    'http.paging.lastPagePath',
    'http.paging.lastPageValues[]',
    'http.paging.maxPagePath',
    'http.paging.maxCountPath',
  ),
  ...except(carried('cases/http-export/answers.json', 'http.response.resourcePath'), {
    code: unsupported,
    says: 'A file is one answer and all of it: file says how it is read.',
    asks: (value, doc) => isHttpFile(doc) && !fetchesBlob(doc) && saysSomething(value),
  }),
  ...ofRecords(
    'cases/http-export/answers.json',
    'http.response.successPath',
    'http.response.successValues[]',
    'http.response.errorPath',
    'http.response.failPath',
    'http.response.failValues[]',
    'http.response.allowArrayforSuccessPath',
    'http.response.twoDArray.hasHeader',
    'http.response.twoDArray.doNotNormalize',
  ),
  ...kept('Tells clients where the id of a record stands. An export has no use for it.', 'http.response.resourceIdPath'),
  ...except(carried('engine/run-http-blobs.test.ts', 'http.response.blobFormat'), {
    code: unsupported,
    says: 'Only an answer that is passed on as it is (http.type blob) has a content that could be encoded.',
    asks: (value, doc) => !fetchesBlob(doc) && unless('utf8')(value),
  }),
  // What lies at the origin of the connection is asked for with its credentials in any case.
  ...except(carried('cases/http-export/files.json', 'http.sendAuthForFileDownloads'), {
    code: 'address_refused',
    says: 'Credentials are sent to the origin of their connection only; a file that lies elsewhere is then not downloaded.',
    elsewhere: true,
  }),
]

export const exportFields: readonly Field[] = [
  ...kept('Tells people and other systems what it is.', 'name', 'description', 'externalId'),
  ...carried('engine/run-lookup-cache.test.ts', '_connectionId'),
  ...except(carried('engine/run-lookup-cache.test.ts', 'adaptorType'), {
    code: 'adaptor_unsupported',
    says: 'HTTPExport, FileSystemExport, FTPExport, S3Export, RDBMSExport, JDBCExport, MongodbExport, DynamodbExport, MCPExport, SimpleExport, WebhookExport and WrapperExport run.',
    elsewhere: true,
  }),
  ...except(carried('cases/http-export/runs.json', 'type'), {
    code: 'export_type_unsupported',
    says: 'An export over HTTP can be test, delta, or once where http.once.relativeURI says how a record is marked; one of a database likewise, where rdbms.once.query or jdbc.once.query says it, or once.booleanField for MongoDB and DynamoDB; one of files can be test or blob.',
    asks: (value, { adaptorType, once, ...doc }) =>
      value === 'once' &&
      ((adaptorType === 'HTTPExport' && !marks(doc)) ||
        (isOfDatabase(adaptorType) && !marksByStatement(doc)) ||
        (marksByField(adaptorType) && !saysSomething((once as { booleanField?: unknown } | undefined)?.booleanField))),
  }),
  ...carried('cases/flow/records.json', 'pageSize', 'filter', 'transform'),
  ...carried('cases/http-export/runs.json', 'delta.dateFormat', 'delta.lagOffset', 'delta.startDate', 'test.limit', 'settings'),
  ...except(carried('engine/wrappers.test.ts', 'delta.dateField'), {
    code: unsupported,
    says: 'An export says in its request or its statement what has changed, with {{lastExportDateTime}}.',
    asks: (value, { type, adaptorType }) => type === 'delta' && adaptorType !== 'WrapperExport' && saysSomething(value),
  }),
  ...except(carried('engine/wrappers.test.ts', 'once.booleanField'), {
    code: unsupported,
    says: 'An export marks records with the request in http.once, or the statement in rdbms.once.query.',
    asks: (value, { type, adaptorType }) =>
      type === 'once' && adaptorType !== 'WrapperExport' && !marksByField(adaptorType) && saysSomething(value),
  }),
  ...kept('Tells clients that it is meant for the middle of a flow. Where it stands in the flow is what makes it a lookup.', 'isLookup'),
  ...carried('engine/adaptors/http-export.test.ts', 'oneToMany', 'pathToMany'),
  ...carried('cases/flow/steps.json', 'inputFilter'),
  ...except(carried('cases/flow/lookups.json', 'mappings[]'), {
    code: unsupported,
    says: 'Only the request of an export over HTTP or of a tool can be mapped: files and databases are asked in another way.',
    asks: (value, { adaptorType }) => adaptorType !== 'HTTPExport' && adaptorType !== 'MCPExport' && saysSomething(value),
  }),
  ...carried('cases/hooks/pre-save-page.json', 'hooks.preSavePage'),
  ...except(carried('cases/http-export/groups.json', 'groupByFields[]'), {
    code: unsupported,
    says: 'A webhook does not know when the last one of a group has come, and a tool can group what it answers.',
    asks: (value, { adaptorType }) => (adaptorType === 'WebhookExport' || adaptorType === 'MCPExport') && saysSomething(value),
  }),
  ...carried('engine/run.test.ts', 'traceKeyTemplate'),
  ...carried('cases/flow/records.json', 'dataURITemplate'),
  ...except(carried('cases/file-system/export/formats.json', 'parsers'), {
    code: unsupported,
    says: 'A parser is one of the type xml or csv, of version 1, with its rules, and of the type of the files or the answers that it is for. Rows of a database need none.',
    asks: (value, doc) => {
      const parser = readParsers(value)
      const read = typeOfContent(doc)
      const { adaptorType } = doc
      if (isOfDatabase(adaptorType) || marksByField(adaptorType)) return parser !== undefined
      return parser === 'unknown' || (parser !== undefined && read !== undefined && parser.type !== read)
    },
  }),
  ...only('HTTP', request),
  ...kept(
    'Tells clients which form people edit it in, and what it was made from.',
    'http.formType',
    'http.isRest',
    'http._httpConnectorVersionId',
    'http._httpConnectorResourceId',
    'http._httpConnectorEndpointId',
    'assistant',
    'assistantMetadata',
  ),
  ...only('Webhook', webhookFields),
  ...only('FileSystem', carried('cases/file-system/export/read.json', 'filesystem.directoryPath')),
  ...databaseExports,
  ...jdbcExports,
  ...documentExports,
  ...fileServerExports,
  ...bucketExports,
  ...mcpExports,
  ...wrapperExports,
  ...filesOfExports,
  ...except(carried('engine/adaptors/older-rest.test.ts', 'rest'), {
    code: unsupported,
    says: 'Of an export of the older type its address, body, headers, paths, paging and once are carried out, and this says something else.',
    asks: (value) => Object.entries(value as object).some(([name, said]) => !restFields.has(name) && saysSomething(said)),
  }),
  ...carried('http/scripts.test.ts', 'settingsForm'),
  ...carried('http/app-code.test.ts', 'preSave'),
  ...carried('http/test-runs.test.ts', 'mockOutput.page_of_records[].record'),
  ...kept('An example for editors. Runs fetch what there is.', 'sampleData'),
  ...refused(unsupported, 'Exports tell no other export of what they have read yet.', '_postParseListenerId'),
  ...only('Simple', carried('engine/run-uploads.test.ts', 'simple.file.**')),
  ...unusable('exports', adaptorBlocks),
  ...refused(unsupported, 'No application can send changes as they happen yet.', 'distributed.bearerToken'),
  ...carried('http/connection-debug.test.ts', 'debugUntil'),
  ...answered(...stepStamps, '_integrationId', 'asynchronous'),
]
