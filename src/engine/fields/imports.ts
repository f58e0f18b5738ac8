/** The fields of imports. */
import {
  adaptorBlocks,
  stepStamps,
  answered,
  carried,
  except,
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
import { documentImports, documentRecognisers } from './document-databases.ts'
import { databaseImports, jdbcImports, recognisers } from './databases.ts'
import { bucketImports } from './buckets.ts'
import { fileServerImports } from './file-servers.ts'
import { mcpImports } from './mcp.ts'
import { wrapperImports } from './wrappers.ts'
import { readParsers } from '../values/content-parsers.ts'
import { filesOfImports } from './files.ts'

const unsupported = 'field_unsupported'

/** Of the mapping of version 1, in fields and in lists. */
const mapping = (place: string): Field[] => [
  ...carried(
    'cases/mapper/mapper1.json',
    ...[
      'extract',
      'hardCodedValue',
      'generate',
      'lookupName',
      'dataType',
      'discardIfEmpty',
      'default',
      'extractDateFormat',
      'generateDateFormat',
      'extractDateTimezone',
      'generateDateTimezone',
      'immutable',
      'conditional.lookupName',
    ].map((name) => `${place}.${name}`),
  ),
  ...except(carried('cases/mapper/mapper1.json', `${place}.conditional.when`), {
    code: unsupported,
    says: 'Whether a field is set already is not looked up in the application.',
    asks: (value) => value === 'ignore_if_set',
  }),
  ...refused(unsupported, 'Records within records are an affair of NetSuite, whose imports cannot run here.', `${place}.subRecordMapping`),
  ...refused(unsupported, 'Internal ids are an affair of NetSuite, whose imports cannot run here.', `${place}.internalId`),
]

/** A template that reads what a lookup found, where no lookup of that name asks the application. */
const readsNoLookup: NonNullable<Field['refused']>['asks'] = (value, doc) => {
  const asking = new Set(listAsking(doc))
  return [...JSON.stringify(value).matchAll(/\{\{[^}]*?\blookup\.(?:\[([^\]]+)\]|([\w$-]+))/g)].some(
    ([, inBrackets, plain]) => !asking.has(inBrackets ?? plain),
  )
}

function listAsking({ http, lookups }: Described): readonly unknown[] {
  const { lookups: own } = (http ?? {}) as { lookups?: unknown }
  const all = [own, lookups].flatMap((list) => (Array.isArray(list) ? (list as Described[]) : []))
  return all.flatMap(({ name, relativeURI, map, _lookupCacheId }) => (relativeURI && !map && !_lookupCacheId ? [name] : []))
}

const request: readonly Field[] = [
  ...except(carried('cases/http-import/requests.json', 'http.relativeURI[]', 'http.body[]', 'http.headers[].value'), {
    code: 'lookup_unsupported',
    says: 'No lookup of the import with that name asks the application. A table is read by {{lookup "name" value}}.',
    asks: readsNoLookup,
  }),
  ...carried(
    'cases/http-import/requests.json',
    'http.method[]',
    'http.headers[].name',
    'http.ignoreEmptyNodes',
    'http.sendPostMappedData',
    'http.strictHandlebarEvaluation',
  ),
  ...except(carried('cases/http-import/requests.json', 'http.requestMediaType'), {
    code: 'media_type_unsupported',
    says: 'Bodies are written as json, urlencoded, form-data, xml, csv and plaintext; octet-stream is for files (http.type).',
    elsewhere: true,
  }),
  ...carried('cases/http-import/existing.json', 'http.requestType[]', 'http.existingExtract', 'http.existingLookupName'),
  ...carried('cases/http-import/existing.json', 'http.ignoreExtract', 'http.ignoreLookupName'),
  ...carried('cases/http-import/xml.json', 'http.successMediaType', 'http.errorMediaType'),
  ...carried('cases/http-import/batches.json', 'http.batchSize', 'http.endPointBodyLimit'),
  ...carried(
    'cases/http-import/answers.json',
    'http.response.resourcePath[]',
    'http.response.resourceIdPath[]',
    'http.response.failPath[]',
    'http.response.failValues[][]',
    'http.response.errorPath',
    'http.response.allowArrayforSuccessPath',
  ),
  ...carried('cases/http-import/batches.json', 'http.response.successPath[]', 'http.response.successValues[][]'),
  ...carried('cases/http-import/formats.json', 'http.response.hasHeader'),
  ...carried('cases/http-import/requests.json', 'http.lookups[]'),
  ...carried('cases/http-import/files.json', 'http.type'),
  ...carried('engine/async-helpers.test.ts', 'http._asyncHelperId'),
  ...except(carried('engine/run-http-blobs.test.ts', 'http.blobFormat'), {
    code: unsupported,
    says: 'Only an import that passes files on (blob, blobKeyPath) sends a content that could be encoded.',
    asks: (value, { blob, blobKeyPath }) => !saysSomething(blob) && !saysSomething(blobKeyPath) && unless('utf8')(value),
  }),
]

const toldByNothing: NonNullable<Field['refused']>['asks'] = (value, { http, ...doc }) => {
  const { existingExtract, existingLookupName, ignoreExtract, ignoreLookupName } = (http ?? {}) as Readonly<Record<string, unknown>>
  return (
    saysSomething(value) &&
    ![existingExtract, existingLookupName, ignoreExtract, ignoreLookupName, ...recognisers(doc), ...documentRecognisers(doc)].some(
      saysSomething,
    )
  )
}

export const importFields: readonly Field[] = [
  ...kept('Tells people and other systems what it is.', 'name', 'description', 'externalId'),
  ...carried('engine/run-lookup-cache.test.ts', '_connectionId'),
  ...carried('http/integration-resources.test.ts', '_integrationId'),
  ...except(carried('engine/run-lookup-cache.test.ts', 'adaptorType'), {
    code: 'adaptor_unsupported',
    says: 'HTTPImport, FileSystemImport, FTPImport, S3Import, RDBMSImport, JDBCImport, MongodbImport, DynamodbImport, MCPImport, ToolImport and WrapperImport run. Agents and guardrails ask a language model, and this server has none.',
    elsewhere: true,
  }),
  ...carried('cases/flow/steps.json', 'filter', 'mappings[]', 'oneToMany', 'pathToMany'),
  ...mapping('mapping.fields[]'),
  ...mapping('mapping.lists[].fields[]'),
  ...carried('cases/mapper/mapper1.json', 'mapping.lists[].generate', 'mapping.lists[].jsonPath'),
  ...kept(
    'Says by which field NetSuite and Salesforce find the lines of a record. Other targets have no use for it.',
    'mapping.lists[].fields[].isKey',
  ),
  ...carried('cases/http-import/requests.json', 'lookups[]'),
  ...carried('cases/hooks/import.json', 'hooks.preMap', 'hooks.postMap', 'hooks.postSubmit'),
  ...except(carried('engine/run-files.test.ts', 'hooks.postAggregate'), {
    code: unsupported,
    says: 'Only an import that writes files calls it.',
    asks: (value, { adaptorType }) => {
      const { _scriptId, _stackId } = value as { readonly _scriptId?: unknown; readonly _stackId?: unknown }
      return !isOfFiles(adaptorType) && (saysSomething(_scriptId) || saysSomething(_stackId))
    },
  }),
  ...carried('cases/hooks/records.json', 'responseTransform'),
  ...except(carried('cases/http-import/existing.json', 'ignoreExisting', 'ignoreMissing'), {
    code: unsupported,
    says: 'Nothing says how to find out whether a record is there: http.ignoreExtract, http.ignoreLookupName, http.existingExtract or http.existingLookupName does, and of a database rdbms.ignoreExtract, rdbms.ignoreLookupName, rdbms.updateExtract or rdbms.updateLookupName; mongodb.ignoreExtract, mongodb.ignoreLookupFilter or dynamodb.ignoreExtract.',
    asks: toldByNothing,
  }),
  ...carried('engine/id-lock.test.ts', 'idLockTemplate'),
  ...except(carried('cases/http-import/requests.json', 'maxAttempts'), {
    code: unsupported,
    says: 'A record is tried a whole number of times, at least once.',
    asks: (value) => saysSomething(value) && !(Number.isInteger(value) && (value as number) >= 1),
  }),
  ...carried('cases/flow/records.json', 'traceKeyTemplate'),
  ...carried('cases/flow/records.json', 'dataURITemplate'),
  ...except(carried('engine/run-blobs.test.ts', 'blob', 'blobKeyPath', 'deleteAfterImport'), {
    code: unsupported,
    says: 'Only imports of files and those over HTTP pass the bytes of files on; others send records.',
    asks: (value, { adaptorType }) => !isOfFiles(adaptorType) && adaptorType !== 'HTTPImport' && saysSomething(value),
  }),
  ...except(carried('cases/http-import/formats.json', 'parsers'), {
    code: unsupported,
    says: 'A parser is one of the type xml or csv, of version 1, with its rules; it is for answers over HTTP.',
    asks: (value, { adaptorType }) => {
      const parser = readParsers(value)
      return parser === 'unknown' || (parser !== undefined && adaptorType !== 'HTTPImport')
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
    'http._httpConnectorEndpointIds[]',
    'assistant',
    'assistantMetadata',
    'useTechAdaptorForm',
  ),
  ...only('FileSystem', carried('cases/file-system/import/write.json', 'filesystem.directoryPath')),
  ...databaseImports,
  ...jdbcImports,
  ...documentImports,
  ...fileServerImports,
  ...bucketImports,
  ...mcpImports,
  ...only(
    'Tool',
    carried('cases/tools/calls.json', 'tool._toolId', 'tool.overrides.connections[]._abstractId', 'tool.overrides.connections[]._id'),
  ),
  ...wrapperImports,
  ...filesOfImports,
  ...refused(unsupported, 'No application can be called as changes happen yet.', 'distributed'),
  ...kept(
    'What NetSuite or Salesforce gets to know about an import that it calls. Such imports cannot run here.',
    'distributedAdaptorData',
  ),
  ...carried('http/scripts.test.ts', 'settingsForm'),
  ...carried('cases/http-import/requests.json', 'settings'),
  ...carried('http/app-code.test.ts', 'preSave'),
  ...carried('http/test-runs.test.ts', 'mockResponse'),
  ...kept('Examples for editors. Runs send what there is, and read what is answered.', 'sampleData', 'sampleResponseData'),
  ...carried('cases/http-import/requests.json', 'unencrypted'),
  ...kept('The prompt and the answer of the language model that made the import.', 'modelMetadata'),
  ...unusable('imports', {
    ...adaptorBlocks,
    'netsuite_da.**': 'NetSuiteDistributed',
    'aiAgent.**': 'AiAgent',
    'guardrail.**': 'Guardrail',
  }),
  ...carried('http/connection-debug.test.ts', 'debugUntil'),
  ...answered(...stepStamps),
]
