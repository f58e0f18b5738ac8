/** A document type and the operations every document type has: the five, and its dependencies. What else is known of a type are facts beside its schema, not code. */
import { Type, type TObject, type TOptional, type TProperties } from 'typebox'
import { AuditEntry, auditQuery } from './audit.ts'
import { DependencyResponse, maxDependents } from './dependencies.ts'
import type { ErrorCode } from './errors.ts'
import { objectId, stamps } from './kit.ts'
import { listQuery, searchQuery } from './paging.ts'
import type { AccessLevel, Operation } from './operation.ts'

interface Facts<Projection extends boolean = boolean> {
  /** Fields that `include` always adds and `exclude` cannot strip. `_id` and `name` by default. */
  readonly identity?: readonly string[]
  /** Top-level fields that a list can be filtered by: `?_integrationId=...`. */
  readonly filters?: readonly string[]
  /** Fields that lists leave out unless `include` names them. */
  readonly listOmits?: readonly string[]
  /** False where lists refuse `include` and `exclude`. */
  readonly projection?: Projection
  /** The collection as messages spell it, where its path is another one. */
  readonly spelling?: string
  /** Where a document stays as long as another refers to it: what removing it is refused with. */
  readonly keptWhileUsed?: ErrorCode
  /** True where installations of an Integration App need the document of their publisher: removing it is refused, and they count as its dependents. */
  readonly keptWhileInstalled?: true
  /** Fields that a client may send and that are no part of what the document is: where it comes from, how far something has got. Revisions leave them out. */
  readonly unversioned?: readonly string[]
  /** What a replacement may be refused for besides what every one is. */
  readonly replaceErrors?: readonly ErrorCode[]
  /** True where the documents lie in no environment but belong to the account as a whole. */
  readonly accountWide?: true
  /** Fields, as dotted paths, that a pull or revert can leave alone: what differs between environments or is set by the people who run it. */
  readonly ignorable?: readonly string[]
  /** Who may create, change and remove them, where `manage` is not enough. */
  readonly changedBy?: 'administrator'
}

/** Where an Integration App may own documents of the type. */
const ofApps = ['app_resource_locked', 'update_in_progress'] as const satisfies readonly ErrorCode[]

interface Declaration<
  Name extends string,
  Model extends string,
  Collection extends string,
  Body extends TObject,
  Extra extends TProperties,
  Filters extends readonly string[],
  Omits extends readonly string[],
  Projection extends boolean,
> extends Facts<Projection> {
  readonly name: Name
  /** integrator.io's model name, as clone previews and the recycle bin print it: `Integration`. Its operations are named after it: `getIntegration`. */
  readonly model: Model
  readonly collection: Collection
  readonly description: string
  /** What a client may send. */
  readonly body: Body
  /** What only answers hold, besides the stamps. */
  readonly answered?: Extra
  readonly filters?: Filters
  readonly listOmits?: Omits
}

/** All fields of a stored document. Written out because a spread of a generic loses what the fields are. */
type Fields<Body extends TObject, Extra extends TProperties> = Body['properties'] & Extra & typeof stamps

/** What lists leave out need not be there. */
type Listed<F extends TProperties, Omits extends readonly string[]> = TObject<{
  [K in keyof F]: K extends Omits[number] ? TOptional<F[K]> : F[K]
}>

export function defineResource<
  const Name extends string,
  const Model extends string,
  const Collection extends string,
  Body extends TObject,
  Extra extends TProperties = Record<never, never>,
  const Filters extends readonly string[] = [],
  const Omits extends readonly string[] = [],
  const Projection extends boolean = true,
>(r: Declaration<Name, Model, Collection, Body, Extra, Filters, Omits, Projection>) {
  const { properties, required: _required, ...rest } = r.body
  const fields: Fields<Body, Extra> = { ...properties, ...r.answered, ...stamps } as never
  const stored = Type.Object(fields, { ...rest, description: r.description })
  const projection = r.projection ?? true
  const facts: Required<Pick<Facts, 'identity' | 'filters' | 'listOmits' | 'unversioned' | 'projection'>> = {
    identity: r.identity ?? ['_id', 'name'],
    filters: r.filters ?? [],
    listOmits: r.listOmits ?? [],
    unversioned: r.unversioned ?? [],
    projection,
  }
  const keptWhileInstalled = r.keptWhileInstalled ?? false
  const accountWide = r.accountWide ?? false
  const changedBy: AccessLevel = r.changedBy ?? 'manage'
  const type = {
    ...r,
    refusals: [
      ...new Set<ErrorCode>([...(r.keptWhileUsed ? [r.keptWhileUsed] : []), ...(keptWhileInstalled ? ['has_dependents' as const] : [])]),
    ],
    accountWide,
    changedBy,
    stored,
    listed: withOptional<Fields<Body, Extra>, Omits>(stored, facts.listOmits),
    query: withSearch(listQuery(facts.filters as readonly Filters[number][], fields, projection as Projection)),
  }
  return {
    ...r,
    ...facts,
    spelling: r.spelling,
    ignorable: r.ignorable ?? [],
    keptWhileUsed: r.keptWhileUsed,
    keptWhileInstalled,
    accountWide,
    stored,
    operations: { ...ofCollection(type), ...ofDocument(type) },
  }
}

const withSearch = <P extends TProperties>(query: TObject<P>): TObject<P & typeof searchQuery> =>
  Type.Object({ ...query.properties, ...searchQuery }) as unknown as TObject<P & typeof searchQuery>

/** What the operations of a type are made from. */
interface TypeDeclared<Body extends TObject, Stored extends TObject, Listed extends TObject, Query extends TObject> {
  readonly name: string
  readonly collection: string
  readonly body: Body
  readonly stored: Stored
  /** As lists answer it. */
  readonly listed: Listed
  readonly query: Query
  /** What removing one may be refused with. */
  readonly refusals: readonly ErrorCode[]
  readonly replaceErrors?: readonly ErrorCode[]
  readonly accountWide: boolean
  readonly changedBy: AccessLevel
}

const withOptional = <F extends TProperties, Omits extends readonly string[]>(stored: TObject<F>, names: readonly string[]) =>
  (names.length === 0
    ? stored
    : { ...stored, required: ((stored.required ?? []) as string[]).filter((name) => !names.includes(name)) }) as unknown as Listed<F, Omits>

/** What is the account's as a whole: a token of one environment sees its own of it and changes nothing. */
const extentOf = ({ accountWide }: { readonly accountWide: boolean }) =>
  accountWide ? ({ reads: 'own', writes: 'account' } as const) : ({ reads: 'environment', writes: 'environment' } as const)

const writeErrors = ['missing_required_field', 'invalid_field', 'invalid_ref', 'invalid_secret', 'unknown_field'] as const
/** Types that scripts may have a say in. */
const errorsOf = (body: TObject) =>
  ['preSave', 'settingsForm'].some((field) => field in body.properties) ? ([...writeErrors, 'script_error'] as const) : writeErrors

function ofCollection<Body extends TObject, Stored extends TObject, Listed extends TObject, Query extends TObject>({
  name,
  collection,
  body,
  stored,
  listed,
  query,
  changedBy,
  accountWide,
}: TypeDeclared<Body, Stored, Listed, Query>) {
  const { reads, writes } = extentOf({ accountWide })
  const common = { tag: collection, path: `/v1/${collection}`, partialAccess: 'filtered' } as const
  const list = {
    ...common,
    method: 'GET',
    summary: `List ${collection}`,
    access: 'monitor',
    extent: reads,
    query,
    status: 200,
    result: Type.Array(listed),
  } as const
  const create = {
    ...common,
    method: 'POST',
    summary: `Create ${article(name)} ${name}`,
    access: changedBy,
    extent: writes,
    body,
    known: stored,
    status: 201,
  } as const
  return {
    list: { ...list, empty: `There are no ${collection}.`, paged: true, errors: ['invalid_query_params'] },
    create: { ...create, result: stored, errors: errorsOf(body) },
  } as const satisfies Record<string, Operation>
}

function ofDocument<Body extends TObject, Stored extends TObject>({
  name,
  collection,
  body,
  stored,
  refusals,
  replaceErrors = [],
  changedBy,
  accountWide,
}: Omit<TypeDeclared<Body, Stored, TObject, TObject>, 'listed' | 'query'>) {
  const { reads, writes } = extentOf({ accountWide })
  const params = Type.Object({ _id: objectId({ description: `Id of the ${name}.` }) })
  const common = { tag: collection, path: `/v1/${collection}/:_id`, params } as const
  const one = `${article(name)} ${name}`
  const change = { ...common, access: changedBy, extent: writes } as const
  const look = { ...common, method: 'GET', access: 'monitor', extent: reads } as const
  const replace = { ...change, method: 'PUT', summary: `Update ${one}`, body, known: stored, status: 200 } as const
  return {
    read: { ...look, summary: `Get ${one}`, status: 200, result: stored, errors: ['not_found'] },
    replace: { ...replace, result: stored, errors: ofReplacement(body, stored, replaceErrors) },
    remove: {
      ...change,
      method: 'DELETE',
      summary: `Delete ${one}`,
      description:
        'What still refers to it is counted, by type, in the header `Sluice-Warning`, where that does not keep it; `/dependencies` lists it beforehand.',
      status: 204,
      errors: ofRemoval(stored, refusals),
    },
    dependencies: {
      ...look,
      path: `/v1/${collection}/:_id/dependencies`,
      summary: `List what depends on ${one}`,
      description: `The documents in use that refer to it, up to ${maxDependents.toLocaleString('en')}, by plural type. \`{}\` where there are none, and for an unknown id, which is 404 with \`Prefer: handling=strict\` or \`SLUICE_STRICT=1\`.`,
      partialAccess: 'filtered',
      status: 200,
      result: DependencyResponse,
      errors: ['not_found'],
    },
    audit: {
      ...look,
      path: `/v1/${collection}/:_id/audit`,
      summary: `List who changed ${one}`,
      description: 'Newest first. Also of one that is deleted.',
      query: auditQuery,
      status: 200,
      result: Type.Array(AuditEntry),
      empty: 'Nothing is on record.',
      errors: ['not_found', 'invalid_query_params'],
    },
  } as const satisfies Record<string, Operation>
}

const isOfApps = ({ properties }: TObject): boolean => '_connectorId' in properties

const ofReplacement = (body: TObject, stored: TObject, more: readonly ErrorCode[]): readonly ErrorCode[] => [
  'not_found',
  'precondition_failed',
  ...errorsOf(body),
  ...(errorsOf(body) === writeErrors ? [] : (['conflict'] as const)),
  ...(isOfApps(stored) ? ofApps : []),
  ...more,
]

const ofRemoval = (stored: TObject, refusals: readonly ErrorCode[]): readonly ErrorCode[] => [
  'not_found',
  'precondition_failed',
  ...refusals,
  ...(isOfApps(stored) ? (['app_resource_locked'] as const) : []),
]

const article = (noun: string): string => (/^[aeiou]/.test(noun) ? 'an' : 'a')
