/** Words of the contract that JSON Schema lacks. Every later layer reads them from the schema, so a fact is said once. */
import { Type, type TObject, type TProperties, type TSchemaOptions, type TString } from 'typebox'

type Options = TSchemaOptions & { description?: string; readOnly?: boolean; [note: string]: unknown }

/** A 24-hex ObjectId that names something which is not a document of this account (lineage, catalogue entries, ids within a document). */
export const objectId = (options: Options = {}): TString => Type.String({ format: 'objectId', ...options })

/** A text that holds an id where it holds one: of whatever case, and any other text finds nothing rather than being refused. */
export const idText = (options: Options = {}): TString => Type.String({ 'x-id': true, ...options })

/** An id that points at another document. Reference checks, dependency lists, clone and cascade read `x-ref`; nobody keeps a second table. */
export const ref = (collection: string, options: Options = {}): TString => objectId({ 'x-ref': collection, ...options })

/** Sealed at rest, answered as `******`. Sent back as `******` it keeps its stored value. */
export const secret = (options: Options = {}): TString => Type.String({ writeOnly: true, 'x-secret': true, ...options })

export const dateTime = (options: Options = {}): TString => Type.String({ format: 'date-time', ...options })

/** An object whose undeclared fields are kept as they are sent. Every other object drops them and says so. */
export const open = <P extends TProperties = Record<never, never>>(properties: P = {} as P, options: Options = {}): TObject<P> =>
  Type.Object(properties, { additionalProperties: true, ...options })

/**
 * A schema with a name of its own (contract/shared/): written once in OpenAPI, linked from everywhere else, and the only way to recursion.
 * `T` is what the linked schema holds, for callers that read it.
 */
export const link = <T = unknown>(name: string, options: Options = {}) =>
  Type.Unsafe<T>({ $ref: `${sharedId}#/components/schemas/${name}`, ...options })
export const sharedId = 'sluice'

/** What a secret reads as. */
export const mask = '******'

/** The fields that every document has and no client sets. */
export const stamps = {
  _id: objectId({ readOnly: true, description: 'Identifies the document for good. Time-ordered.' }),
  createdAt: dateTime({ readOnly: true, description: 'When the document was made, in UTC.' }),
  lastModified: dateTime({ readOnly: true, description: 'When any of its fields last changed, in UTC.' }),
  _envId: Type.Optional(objectId({ readOnly: true, description: 'Environment that it lies in. Production has the id of its account.' })),
}
