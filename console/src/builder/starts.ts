/** What new connections and steps begin as, how they are called until somebody calls them otherwise, and what follows from a choice. */
import { stepForms, type StepForm } from '../../step-forms.ts'
import { readPath, writePath } from '../parts/document-path.ts'
import { stepNameWords as words } from '../words/step-names.ts'
import { textOf, type StepCollection, type Values } from './edits.ts'

export type StepKind = 'source' | 'lookup' | 'import'
export const collectionOf = (kind: StepKind): StepCollection => (kind === 'import' ? 'imports' : 'exports')

/** What people would choose themselves most of the time; what a kind requires besides begins as the contract says. */
const starts: Readonly<Record<string, Values>> = {
  http: { http: { mediaType: 'json' } },
  HTTPExport: { http: { method: 'GET', relativeURI: '/' } },
  HTTPImport: { http: { method: ['POST'], relativeURI: ['/'] } },
  rdbms: { rdbms: { type: 'postgresql' } },
  ftp: { ftp: { type: 'sftp' } },
  mcp: { mcp: { http: { auth: { type: 'token', token: { location: 'header', scheme: 'Bearer' } } } } },
  RDBMSImport: { rdbms: { queryType: ['bulk_insert'] } },
  JDBCImport: { jdbc: { queryType: ['bulk_insert'] } },
  WebhookExport: { type: 'webhook', webhook: { provider: 'custom', verify: 'secret_url' } },
  SimpleExport: { type: 'simple', simple: { file: { type: 'csv', csv: { hasHeaderRow: true } } } },
}
const fileExport: Values = { file: { type: 'csv', csv: { hasHeaderRow: true } } }
const fileImport: Values = { file: { type: 'csv', fileName: 'records-{{timestamp}}.csv' } }
const ofFiles = /^(?:FTP|S3|FileSystem)/

/** Every required choice begins as its default, or as its first word. */
const requiredChoices = ({ fields }: StepForm): Values =>
  fields
    .filter(
      ({ isRequired, path, options, byDefault }) => isRequired && path.includes('.') && (byDefault !== undefined || options !== undefined),
    )
    .reduce<Values>((values, { path, options, byDefault }) => writePath(values, path, byDefault ?? options?.[0]), {})

const merged = (a: Values, b: Values): Values =>
  Object.entries(b).reduce<Values>((all, [name, value]) => {
    const before = all[name]
    return { ...all, [name]: isValues(before) && isValues(value) ? merged(before, value) : value }
  }, a)
const isValues = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value)

export function beginConnection(type: string): Values {
  const form = stepForms.connections[type]
  const block = { [type]: {} }
  return merged(merged({ name: '', type, ...block }, form ? requiredChoices(form) : {}), starts[type] ?? {})
}

export function beginStep(kind: StepKind, adaptorType: string, connection: { readonly _id: string } | undefined): Values {
  const collection = collectionOf(kind)
  const form = stepForms[collection][adaptorType]
  const files = ofFiles.test(adaptorType) ? (collection === 'exports' ? fileExport : fileImport) : {}
  const block = blockOf(adaptorType)
  const begun: Values = {
    name: '',
    adaptorType,
    ...(connection && { _connectionId: connection._id }),
    ...(kind === 'lookup' && { isLookup: true }),
    ...(block && { [block]: {} }),
  }
  const made = merged(merged(merged(begun, form ? requiredChoices(form) : {}), files), starts[adaptorType] ?? {})
  return adaptorType === 'WebhookExport' ? writePath(made, 'webhook.token', makeSecret()) : made
}

/** Bytes of a secret that nobody guesses. */
const secretBytes = 24
const makeSecret = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(secretBytes)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** The block of a kind, where a connection has one of the same name. */
const blockOf = (adaptorType: string): string | undefined => {
  const name = adaptorType.replace(/(?:Export|Import)$/, '').toLowerCase()
  return Object.keys(stepForms.connections).find((type) => type === name)
}

/** The kind of an export or import over a connection; undefined where there is none. */
export function adaptorTypeFor(collection: StepCollection, connectionType: string): string | undefined {
  const type = connectionType === 'rest' ? 'http' : connectionType
  return Object.keys(stepForms[collection]).find((kind) => kind.replace(/(?:Export|Import)$/, '').toLowerCase() === type)
}

/** Kinds of steps that need no connection. */
export function kindsWithoutConnection(kind: StepKind): readonly string[] {
  if (kind === 'lookup') return []
  const types = new Set(Object.keys(stepForms.connections))
  return Object.keys(stepForms[collectionOf(kind)]).filter((each) => !types.has(each.replace(/(?:Export|Import)$/, '').toLowerCase()))
}

const statements = ['rdbms.query', 'rdbms.query.0', 'jdbc.query', 'jdbc.query.0']
/** The first table that a statement names, without its schema. */
const tableIn = /\b(?:from|into|update|merge)\s+(?:[\w"`[\]]+\.)*["`[]?(\w+)/i

/** The last words of an address, a folder or a table: what the records are most likely called. */
function readSubject(values: Values): string {
  const paths = [
    'http.relativeURI',
    'http.relativeURI.0',
    'ftp.directoryPath',
    's3.bucket',
    'filesystem.directoryPath',
    'mongodb.collection',
    'dynamodb.tableName',
    'mcp.tool',
    'wrapper.function',
    'rdbms.bulkInsert.tableName',
    'rdbms.bulkLoad.tableName',
    'jdbc.bulkInsert.tableName',
    'jdbc.bulkLoad.tableName',
  ]
  for (const path of paths) {
    const text = readPath(values, path)
    if (typeof text !== 'string') continue
    const [address = ''] = text.replaceAll(/\{\{.*?\}\}/g, '').split('?')
    const last = address.split('/').findLast((part) => /[a-z]/i.test(part))
    if (last) return last
  }
  return statements.map((path) => textOf(readPath(values, path))).flatMap((text) => tableIn.exec(text)?.[1] ?? [])[0] ?? ''
}

/** Names as integrators give them: what is got, from where. This is all but the where. */
const namePrefix = (kind: StepKind, values: Values): string => `${words.does[kind](readSubject(values) || words.records)} `

export const nameStep = (kind: StepKind, values: Values, connectionName: string | undefined): string =>
  namePrefix(kind, values) + (connectionName ?? words.withoutConnection[textOf(values['adaptorType'])] ?? words.application)

/** A name that nobody has chosen follows what the step does. */
export function renameStep(kind: StepKind, before: Values, next: Values, connectionName: string | undefined): Values {
  const prefix = namePrefix(kind, before)
  const name = textOf(before['name'])
  if (name !== next['name'] || !name.startsWith(prefix)) return next
  return { ...next, name: namePrefix(kind, next) + (connectionName ?? name.slice(prefix.length)) }
}

const databaseNames = ['rdbms.database', 'jdbc.database', 'mongodb.database']

/** Kinds of which there is one that most people mean, or whose address is none that people know. */
const addressless: ReadonlySet<unknown> = new Set(['dynamodb', 'filesystem', 's3'])

/** Of a machine by its number, or of this one, the port says which application it is. */
const isNumbered = /^(?:localhost|[\d.]+):\d+$/

/** A connection is called by its database or its host, or by its kind where it has none, until somebody calls it otherwise. */
export function nameConnection(values: Values, kindLabel: string): string {
  for (const path of [
    'http.baseURI',
    'mcp.serverURL',
    ...databaseNames,
    'rdbms.host',
    'jdbc.host',
    'ftp.hostURI',
    'mongodb.host.0',
    's3.endpoint',
  ]) {
    const text = readPath(values, path)
    if (typeof text !== 'string' || text === '') continue
    const [host = ''] = text.replace(/^\w+:\/\//, '').split(/[/?]/)
    return isNumbered.test(host) ? host : (host.split(':')[0] ?? '')
  }
  return addressless.has(values['type']) ? kindLabel : ''
}

/** What is most often meant by a choice, where nothing else is said yet. */
const consequences: readonly { readonly path: string; readonly is: string; readonly set: Readonly<Record<string, unknown>> }[] = [
  { path: 'http.auth.type', is: 'token', set: { 'http.auth.token.location': 'header', 'http.auth.token.scheme': 'Bearer' } },
  { path: 'http.auth.type', is: 'oauth', set: { 'http.auth.oauth.grantType': 'clientcredentials' } },
  { path: 'http.auth.token.location', is: 'url', set: { 'http.auth.token.paramName': 'token' } },
  { path: 'mcp.http.auth.type', is: 'token', set: { 'mcp.http.auth.token.location': 'header', 'mcp.http.auth.token.scheme': 'Bearer' } },
  { path: 'mcp.http.auth.type', is: 'oauth', set: { 'mcp.http.auth.oauth.grantType': 'clientcredentials' } },
  { path: 'type', is: 'test', set: { 'test.limit': 10 } },
]

export const followUps = (values: Values, path: string, value: unknown): Values =>
  consequences
    .filter((each) => each.path === path && each.is === value)
    .flatMap(({ set }) => Object.entries(set))
    .reduce((next, [place, each]) => (readPath(next, place) === undefined ? writePath(next, place, each) : next), values)
