/** What kind of export or import a document is, where it does not say so itself: its block tells, or else its connection. */
import type { AnyBody } from '../../contract/document.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'

export type StepCollection = 'exports' | 'imports'
type Body = AnyBody

const suffix = { exports: 'Export', imports: 'Import' } as const
/** Block and type of connection, and what they begin the word with. */
const kinds: Readonly<Record<string, string>> = {
  http: 'HTTP',
  ftp: 'FTP',
  as2: 'AS2',
  s3: 'S3',
  netsuite: 'NetSuite',
  salesforce: 'Salesforce',
  jdbc: 'JDBC',
  rdbms: 'RDBMS',
  mongodb: 'Mongodb',
  dynamodb: 'Dynamodb',
  wrapper: 'Wrapper',
  filesystem: 'FileSystem',
  mcp: 'MCP',
}
/** Blocks that only one of the two has. */
const own: Readonly<Record<StepCollection, Readonly<Record<string, string>>>> = {
  exports: { webhook: 'WebhookExport', simple: 'SimpleExport', rest: 'RESTExport' },
  imports: { netsuite_da: 'NetSuiteDistributedImport', aiAgent: 'AiAgentImport', guardrail: 'GuardrailImport', tool: 'ToolImport' },
}
/** Types of connections that go with kinds of steps whose names do not say it. */
const goesOver: Readonly<Record<string, string>> = {
  HTTPImport: 'http rest',
  RESTExport: 'rest http',
  NetSuiteDistributedImport: 'netsuite',
  // Language models are asked over HTTP, with a key of the account's own.
  AiAgentImport: 'http',
  GuardrailImport: 'http',
}
/** Connections of the older type: their imports have always been over HTTP. */
const overRest: Readonly<Record<StepCollection, string>> = { exports: 'RESTExport', imports: 'HTTPImport' }

const isStepCollection = (collection: string): collection is StepCollection => collection === 'exports' || collection === 'imports'

/** The body with its `adaptorType`. Refuses one that says nothing of what it is. */
export async function withAdaptorType(ctx: Context, collection: string, body: Body): Promise<Body> {
  if (!isStepCollection(collection) || body.adaptorType !== undefined) return body
  const { _connectionId } = body
  const found =
    typeof _connectionId === 'string' ? await ctx.store.documents.find(ctx.caller.envId, 'connections', _connectionId) : undefined
  const adaptorType = adaptorTypeByBlocks(collection, body) ?? ofConnection(collection, found?.doc.type)
  if (adaptorType) return { ...body, adaptorType }
  // That the connection is not there is told where references are checked.
  if (typeof _connectionId === 'string' && !found) return body
  throw unsaid(collection)
}

/** Undefined where it has no block, or several. */
export function adaptorTypeByBlocks(collection: StepCollection, body: Body): string | undefined {
  const { type } = body
  if (collection === 'exports' && (type === 'webhook' || type === 'simple')) return own.exports[type]
  const said = Object.keys(body).flatMap((block) => {
    const word = Object.hasOwn(own[collection], block) ? own[collection][block] : ofKind(collection, block)
    return word ? [word] : []
  })
  return said.length === 1 ? said[0] : undefined
}

/** The types of connections that such a step goes over; none where it goes over no connection of its own. */
export const listConnectionTypes = (collection: StepCollection, adaptorType: string | undefined): readonly string[] =>
  goesOver[adaptorType ?? '']?.split(' ') ?? Object.keys(kinds).filter((kind) => ofKind(collection, kind) === adaptorType)

const ofConnection = (collection: StepCollection, type: unknown): string | undefined =>
  type === 'rest' ? overRest[collection] : ofKind(collection, String(type))

const ofKind = (collection: StepCollection, kind: string): string | undefined =>
  Object.hasOwn(kinds, kind) ? `${kinds[kind]}${suffix[collection]}` : undefined

const unsaid = (collection: StepCollection): DomainError =>
  new DomainError(
    'missing_required_field',
    `Say what kind of ${collection.slice(0, -1)} it is: by its connection (_connectionId), by a block such as http, or by adaptorType, such as HTTP${suffix[collection]}.`,
    'adaptorType',
  )
