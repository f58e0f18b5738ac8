/** Which fields of a document have a place in its form, and what the contract says of them. Vite computes it while it builds: the browser gets the result. */
import type { TSchema } from 'typebox'
import { resources, type Collection } from '../src/contract/resources/index.ts'

type DocumentFieldKind = 'text' | 'long' | 'number' | 'flag' | 'select' | 'secret' | 'url' | 'code'

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
}

interface Chosen {
  readonly path: string
  readonly kind?: DocumentFieldKind
  readonly when?: { readonly path: string; readonly is: readonly string[] }
  readonly isFixed?: true
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
  templates: chosen('name description:long _integrationId published imageURL websiteURL contactEmail'),
  connectors: chosen('name description:long published twoDotZero._integrationId trialEnabled trialPeriod imageURL websiteURL contactEmail'),
  environments: chosen('name description:long'),
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

function kindOf({ type, enum: options, format, 'x-secret': isSecret }: Shape): DocumentFieldKind {
  if (options) return 'select'
  if (isSecret) return 'secret'
  if (type === 'boolean') return 'flag'
  if (type === 'number' || type === 'integer') return 'number'
  return format === 'uri' ? 'url' : 'text'
}

function describeField(body: TSchema, { path, kind, when, isFixed }: Chosen): DocumentField {
  const { shape, isRequired } = findSchema(body, path)
  return {
    path,
    kind: kind ?? kindOf(shape),
    hint: (shape.description ?? '').replaceAll('`', ''),
    isRequired: isRequired || (when !== undefined && isNeeded(body, path, when.path)),
    ...(shape.enum && { options: shape.enum.map(String) }),
    ...(shape['x-ref'] && { collection: shape['x-ref'] }),
    ...(shape.default !== undefined && { byDefault: shape.default }),
    ...(when && { when }),
    ...(isFixed && { isFixed }),
  }
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
