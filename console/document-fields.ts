/** Which fields of a document have a place in its form, and what the contract says of them. Vite computes it while it builds: the browser gets the result. */
import type { TSchema } from 'typebox'
import { resources, type Collection } from '../src/contract/resources/index.ts'
import { shapeOf } from '../src/contract/walk.ts'
import { toHint } from './to-hint.ts'

type DocumentFieldKind =
  | 'text'
  | 'long'
  | 'number'
  | 'flag'
  | 'select'
  | 'secret'
  | 'url'
  | 'code'
  | 'json'
  /** A list of texts, a line each. */
  | 'lines'
  /** A list of objects, each with the fields of `columns`. */
  | 'rows'
  /** Documents that are chosen, several. */
  | 'refs'
  /** A form that is shown to people: designed and tried beside it. */
  | 'form'
  /** The steps of an API or a tool: routers with their branches, of which each has steps with the fields of `columns`. */
  | 'steps'

export interface DocumentField {
  /** Names with dots between them; a number is a place in a list. */
  readonly path: string
  readonly kind: DocumentFieldKind
  readonly hint: string
  readonly isRequired: boolean
  readonly options?: readonly string[]
  /** The documents that it is one of. */
  readonly collection?: string
  readonly byDefault?: string | number | boolean
  /** The field shows where the other one has one of these values. */
  readonly when?: { readonly path: string; readonly is: readonly string[] }
  /** Said once, when the document is made. */
  readonly isFixed?: true
  /** Of rows and steps: the fields of each, by their paths within it. */
  readonly columns?: readonly DocumentField[]
  /** Of rows: a field of each that says its place among them. */
  readonly place?: string
  /** Of rows: what a new one begins as. */
  readonly start?: Readonly<Record<string, unknown>>
  /** Of references: the field of the document that names the integration that they are of. */
  readonly within?: string
}

interface Chosen {
  readonly path: string
  readonly kind?: DocumentFieldKind
  readonly when?: { readonly path: string; readonly is: readonly string[] }
  readonly isFixed?: true
  readonly columns?: readonly Chosen[]
  readonly place?: string
  readonly within?: string
  readonly start?: Readonly<Record<string, unknown>>
}

const chosen = (paths: string, when?: Chosen['when']): readonly Chosen[] =>
  paths.split(' ').map((path) => {
    const [name = '', kind] = path.split(':')
    return { path: name, ...(kind && { kind: kind as DocumentFieldKind }), ...(when && { when }) }
  })
/** The fields of the block of one kind of document: `http` of type `http`. */
const block = (decides: string, kind: string, name: string, paths: string): readonly Chosen[] =>
  chosen(
    paths
      .split(' ')
      .map((path) => `${name}.${path}`)
      .join(' '),
    { path: decides, is: [kind] },
  )
/** A list of objects, of which each has these fields. */
const rows = (path: string, columns: readonly Chosen[], kind: 'rows' | 'steps' = 'rows', when?: Chosen['when']): Chosen => ({
  path,
  kind,
  columns,
  ...(when && { when }),
})
const stepColumns: readonly Chosen[] = [
  ...chosen('type'),
  ...chosen('_exportId', { path: 'type', is: ['export'] }),
  ...chosen('_importId', { path: 'type', is: ['import'] }),
  ...chosen('proceedOnFailure'),
  rows('responseMapping.fields', chosen('extract generate')),
]
/** What installs, removes or changes an app. */
const appSteps = (path: string): Chosen =>
  rows(path, [
    ...chosen('name type description:long'),
    ...chosen('_connectionId', { path: 'type', is: ['connection'] }),
    ...chosen('url getUrlFunction', { path: 'type', is: ['url'] }),
    ...chosen('form:form initFormFunction', { path: 'type', is: ['form'] }),
    ...chosen('templateZip', { path: 'type', is: ['template_zip'] }),
    ...chosen('_scriptId function'),
  ])
const isBuilder = { path: 'type', is: ['builder'] }
const isDelimited = { path: 'format', is: ['delimited', 'delimited/x12', 'delimited/edifact'] }
const authIs = (...is: readonly string[]) => ({ path: 'http.auth.type', is })

/** In the order in which they are shown. What is not here is entered as JSON. */
const forms: Partial<Record<Collection, readonly Chosen[]>> = {
  connections: [
    ...chosen('name'),
    { path: 'type', isFixed: true },
    ...block('type', 'http', 'http', 'baseURI mediaType auth.type'),
    ...chosen('http.auth.basic.username http.auth.basic.password', authIs('basic', 'digest', 'wsse')),
    ...chosen('http.auth.token.token http.auth.token.location http.auth.token.headerName http.auth.token.scheme', authIs('token')),
    ...block('type', 'http', 'http', 'ping.relativeURI ping.method'),
    ...block('type', 'rdbms', 'rdbms', 'type host port database user password'),
    ...block('type', 'ftp', 'ftp', 'type hostURI port username password authKey:secret hostKey'),
    ...block('type', 's3', 's3', 'accessKeyId secretAccessKey pingBucket'),
    ...block('type', 'mongodb', 'mongodb', 'host.0 database replicaSet username password'),
    ...block('type', 'dynamodb', 'dynamodb', 'aws.accessKeyId aws.secretAccessKey'),
  ],
  exports: [
    ...chosen('name description:long'),
    { path: 'adaptorType', isFixed: true },
    ...chosen('_connectionId type'),
    ...block('type', 'delta', 'delta', 'dateField lagOffset'),
    ...block('type', 'once', 'once', 'booleanField'),
    ...block('type', 'test', 'test', 'limit'),
    ...block('adaptorType', 'HTTPExport', 'http', 'method relativeURI body:long response.resourcePath'),
    ...block('adaptorType', 'RDBMSExport', 'rdbms', 'query:long'),
    ...block('adaptorType', 'FTPExport', 'ftp', 'directoryPath fileNameStartsWith fileNameEndsWith'),
    ...block('adaptorType', 'S3Export', 's3', 'region bucket keyStartsWith keyEndsWith'),
    ...block('adaptorType', 'MongodbExport', 'mongodb', 'collection filter:long'),
    ...block('adaptorType', 'FileSystemExport', 'filesystem', 'directoryPath'),
    ...chosen('pageSize'),
  ],
  imports: [
    ...chosen('name description:long'),
    { path: 'adaptorType', isFixed: true },
    ...chosen('_connectionId'),
    ...block('adaptorType', 'HTTPImport', 'http', 'method.0 relativeURI.0 body.0:long batchSize'),
    ...block('adaptorType', 'RDBMSImport', 'rdbms', 'query.0:long'),
    ...block('adaptorType', 'FTPImport', 'ftp', 'directoryPath fileName'),
    ...block('adaptorType', 'S3Import', 's3', 'region bucket fileKey'),
    ...block('adaptorType', 'MongodbImport', 'mongodb', 'method collection document:long'),
    ...block('adaptorType', 'FileSystemImport', 'filesystem', 'directoryPath'),
    ...chosen('ignoreExisting ignoreMissing'),
  ],
  scripts: chosen('name description:long content:code'),
  lookupcaches: chosen('name description:long includeDataInTemplatesAndCloning externalId'),
  stacks: [
    ...chosen('name description:long'),
    { path: 'type', isFixed: true },
    ...block('type', 'server', 'server', 'hostURI'),
    ...block('type', 'lambda', 'lambda', 'accessKeyId secretAccessKey awsRegion functionName language'),
  ],
  tags: chosen('tag color'),
  templates: chosen('name description:long _integrationId published applications:lines imageURL websiteURL contactEmail'),
  connectors: [
    ...chosen('name description:long published twoDotZero._integrationId'),
    {
      ...rows('twoDotZero.editions', [
        ...chosen('displayName description:long'),
        { path: 'resources.flows', kind: 'refs', within: 'twoDotZero._integrationId' },
        { path: 'childResources.flows', kind: 'refs', within: 'twoDotZero._integrationId' },
      ]),
      place: 'order',
    },
    ...chosen('trialEnabled trialPeriod applications:lines imageURL websiteURL contactEmail'),
  ],
  integrations: [
    ...chosen('name description:long version'),
    appSteps('installSteps'),
    ...chosen('update._scriptId update.function'),
    appSteps('changeEditionSteps'),
    ...chosen('changeEdition._scriptId changeEdition.function'),
    ...chosen('childDisplayName initChild._scriptId initChild.function'),
    appSteps('uninstallSteps'),
  ],
  environments: chosen('name description:long'),
  apis: [
    ...chosen('name description:long'),
    { path: 'type', isFixed: true },
    ...chosen('version _integrationId disabled'),
    ...block('type', 'script', 'script', '_scriptId function'),
    ...chosen('builder.request.method builder.request.relativeURI', isBuilder),
    rows('builder.request.pathParams', chosen('key description'), 'rows', isBuilder),
    rows('builder.request.queryParams', chosen('key dataType description'), 'rows', isBuilder),
    rows('builder.request.headers', chosen('key description'), 'rows', isBuilder),
    ...chosen('builder.request.bodySchema:json', isBuilder),
    rows('builder.routers', stepColumns, 'steps', isBuilder),
    rows(
      'builder.responses',
      [
        ...chosen('name id type statusCode inputFilter.rules:json'),
        rows('mappings', chosen('generate extract hardcodedValue:json')),
        rows('headers', chosen('key value')),
      ],
      'rows',
      isBuilder,
    ),
  ],
  tools: [
    ...chosen('name description:long _integrationId input.name input.description:long input.schema:json'),
    rows('routers', stepColumns, 'steps'),
    ...chosen('output.name output.description:long output.schema:json'),
    // A row of a mapping has to say that it is in use.
    { ...rows('output.mappings', chosen('generate extract dataType')), start: { status: 'Active', dataType: 'string' } },
  ],
  mcpservers: [
    ...chosen('name description:long relativeURI disabled'),
    rows(
      'tools',
      chosen(
        '_toolId name disabled annotations.title annotations.readOnlyHint annotations.destructiveHint annotations.idempotentHint annotations.openWorldHint',
      ),
    ),
    rows('apis', chosen('_apiId name disabled')),
  ],
  filedefinitions: [
    ...chosen('name description:long format version'),
    ...chosen(
      'delimited.rowDelimiter delimited.rowSuffix delimited.colDelimiter delimited.compositeDelimiter skipEmptyEndColDelimiter',
      isDelimited,
    ),
    ...block('format', 'fixed', 'fixed', 'rowDelimiter rowSuffix paddingChar'),
    ...chosen('skipIntermittentEmptyLines'),
    ...chosen('escapeReleaseChar', { path: 'format', is: ['delimited/edifact'] }),
    ...chosen('documentType skipEDIValidation skipEDIProfileValidation', { path: 'format', is: ['delimited/x12', 'delimited/edifact'] }),
    ...chosen('rules:json'),
  ],
  ediprofiles: [
    ...chosen('name description:long fileType'),
    ...chosen('myInterchangeId myIdQualifier tpInterchangeId tpIdQualifier myGroupId tpGroupId isa12 isa15 gs07 gs08', {
      path: 'fileType',
      is: ['edix12'],
    }),
    ...chosen('unb010_0001 unb010_0002 versionNumber releaseNumber controllingAgency', { path: 'fileType', is: ['edifact'] }),
  ],
}

interface Shape {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly required?: readonly string[]
  readonly items?: TSchema
  readonly description?: string
  readonly default?: string | number | boolean
  readonly 'x-ref'?: string
  readonly 'x-secret'?: boolean
}

/** The schema of a field, and whether all that leads to it requires it. */
function findSchema(body: TSchema, path: string): { readonly shape: Shape; readonly isRequired: boolean } {
  let shape = body as Shape
  let isRequired = true
  for (const name of path.split('.')) {
    shape = through(shape)
    const next = /^\d+$/.test(name) ? shape.items : shape.properties?.[name]
    if (!next) throw new Error(`the contract has no field ${path}`)
    if (shape.properties && !shape.required?.includes(name)) isRequired = false
    // The description of a list is about what is in it.
    const { description } = shape
    shape = next as Shape
    if (/^\d+$/.test(name)) shape = { ...shape, ...(shape.description === undefined && description !== undefined && { description }) }
  }
  return { shape, isRequired }
}

/** The schema that a link leads to, with what the link says of it. */
const through = (shape: Shape): Shape => {
  const target = shapeOf(shape as TSchema) as Shape
  return target === shape || shape.description === undefined ? target : { ...target, description: shape.description }
}

function kindOf({ type, enum: options, format, 'x-secret': isSecret }: Shape): DocumentFieldKind {
  if (options) return 'select'
  if (isSecret) return 'secret'
  if (type === 'boolean') return 'flag'
  if (type === 'number' || type === 'integer') return 'number'
  return format === 'uri' ? 'url' : 'text'
}

function describeField(body: TSchema, { path, kind, when, isFixed, columns, place, within, start }: Chosen): DocumentField {
  const { shape, isRequired } = findSchema(body, path)
  const collection = refOf(shape)
  return {
    path,
    kind: kind ?? kindOf(shape),
    hint: toHint(shape.description),
    isRequired: isRequired || (when !== undefined && isNeeded(body, path, when.path)),
    ...(shape.enum && { options: shape.enum.map(String) }),
    ...(collection !== undefined && { collection }),
    ...(place && { place }),
    ...(within && { within }),
    ...(start && { start }),
    ...(shape.default !== undefined && { byDefault: shape.default }),
    ...(when && { when }),
    ...(isFixed && { isFixed }),
    ...(columns && { columns: columns.map((column) => describeField(itemsOf(shape, kind), column)) }),
  }
}

/** Of a list of references what each refers to. */
const refOf = ({ 'x-ref': ref, items }: Shape): string | undefined => ref ?? (items as Shape | undefined)?.['x-ref']

/** What an entry of a list is; of routers what a step of their branches is. */
function itemsOf(shape: Shape, kind: DocumentFieldKind | undefined): TSchema {
  const below = (list: Shape, name: string): Shape => through((through((list.items ?? {}) as Shape).properties?.[name] ?? {}) as Shape)
  const list = kind === 'steps' ? below(below(shape, 'branches'), 'pageProcessors') : shape
  return through((list.items ?? {}) as Shape) as TSchema
}

/** A field that its block requires, where the kind of the document requires that block. */
function isNeeded(body: TSchema, path: string, decides: string): boolean {
  const [name = '', ...rest] = path.split('.')
  if (decides.includes('.') || rest.length !== 1) return false
  const shape = (body as Shape).properties?.[name] as Shape | undefined
  return shape?.required?.includes(rest[0] ?? '') ?? false
}

export const documentFields = Object.fromEntries(
  Object.entries(forms).map(([collection, fields]) => [
    collection,
    fields.map((field) => describeField(resources[collection as Collection].body as unknown as TSchema, field)),
  ]),
) as Partial<Record<Collection, readonly DocumentField[]>>
