/** How lists are cut into pages and records into fields: the query parameters that every list of documents takes. */
import { Type, type TBoolean, type TObject, type TOptional, type TProperties, type TSchema, type TString } from 'typebox'
import { idText } from './kit.ts'

/** Records of one page when the caller does not say. The documentation names both 100 and 1000; a page that is too long harms no client, one that is too short does. */
export const defaultLimit = 1000
/** Records of one page at the most; a larger `limit` is read as this one. */
export const maxLimit = 1000
/** Records that can be skipped at the most. */
export const maxSkip = 10_000_000

const whole = (description: string, minimum: number, maximum?: number) =>
  Type.Optional(Type.Integer({ minimum, ...(maximum && { maximum }), description }))

/** Of lists of what is no document. */
export const pagingQuery = Type.Object({
  limit: whole(`Records of one page, ${defaultLimit} by default; more than ${maxLimit} reads as ${maxLimit}.`, 1),
  skip: whole('Records to pass over before the page begins.', 0, maxSkip),
})

/** Characters of what is looked for. */
const maxSought = 200

const listOrders = ['name', '-name', 'type', '-type', 'lastModified', '-lastModified'] as const
export type ListOrder = (typeof listOrders)[number]

/** Of lists of documents. */
export const searchQuery = {
  search: Type.Optional(
    Type.String({
      maxLength: maxSought,
      description: 'Only records whose name or type has this text, whatever its case; or the one whose id it is. An addition of Sluice.',
    }),
  ),
  sort: Type.Optional(
    Type.Enum([...listOrders], {
      description: 'By what records are sorted, downwards with `-`; by their ids otherwise. An addition of Sluice.',
    }),
  ),
}

type ListQuery<F extends TProperties, Filter extends string, Projection extends boolean> = TObject<
  (Projection extends true ? typeof projected : unknown) &
    typeof pagingQuery.properties & { [K in Filter]: TOptional<K extends keyof F ? FilterOf<F[K]> : TString> }
>
type FilterOf<S extends TSchema> = S extends TBoolean ? TBoolean : TString

export function listQuery<F extends TProperties, Filter extends string, Projection extends boolean>(
  filters: readonly Filter[],
  properties: F,
  projection: Projection,
): ListQuery<F, Filter, Projection> {
  const byField = Object.fromEntries(filters.map((field) => [field, Type.Optional(filterOf(field, properties[field]))]))
  return Type.Object({
    ...(projection && projected),
    ...pagingQuery.properties,
    ...byField,
  }) as unknown as ListQuery<F, Filter, Projection>
}

const projected = {
  include: Type.Optional(
    Type.String({
      description:
        'Fields to answer with besides the identity of each record, separated by commas; dots reach into objects. Not together with `exclude`. Ignored when empty.',
    }),
  ),
  exclude: Type.Optional(
    Type.String({
      description:
        'Fields to leave out of each record, separated by commas. Identity fields stay. Not together with `include`. Ignored when empty.',
    }),
  ),
}

const filterOf = (field: string, schema: TSchema | undefined): TSchema => {
  const { type, format } = (schema ?? {}) as { type?: string; format?: string }
  const isIntegration = field === '_integrationId'
  const description = `Only records whose \`${field}\` is this${isIntegration ? ', or with `none` those that have none; an addition of Sluice' : ''}.`
  if (type === 'boolean') return Type.Boolean({ description })
  return format === 'objectId' ? idText({ description }) : Type.String({ description })
}
