/** What this server makes of the fields of a document: each is carried out, kept for clients, or refused. The lists beside this file say so of every one. */

/** A field, or several by one pattern. */
export interface Field {
  /** Dotted: `[]` are the entries of a list, and `.**` is everything below. */
  readonly path: string
  /** The cases or the test that show it carried out, below test/. */
  readonly carried?: string
  /** What it is for, where no run needs it. */
  readonly kept?: string
  readonly refused?: Refusal
  /** The kinds of documents that it is for, as their `adaptorType` or `type` begins. Any other has no use for it, and is refused with it. */
  readonly of?: readonly string[]
}

export interface Refusal {
  readonly code: string
  /** A sentence: what is not done, and what to do instead. */
  readonly says: string
  /** Whether a value asks for what is not done; where it is absent, any that says something does. */
  readonly asks?: (value: unknown, doc: Described) => boolean
  /** Found by what makes the step or the connection ready, and not by looking at the field. */
  readonly elsewhere?: true
}

/** A document, as much of it as decides. */
export interface Described {
  readonly [field: string]: unknown
}

export const carried = (by: string, ...paths: readonly string[]): Field[] => paths.map((path) => ({ path, carried: by }))

export const kept = (why: string, ...paths: readonly string[]): Field[] => paths.map((path) => ({ path, kept: why }))

/** What only answers have. */
export const answered = (...paths: readonly string[]): Field[] => kept('The server sets it; nobody writes it.', ...paths)

/** What the server sets on every document. */
export const documentStamps = ['_id', 'createdAt', 'lastModified', '_envId', '_userId', '_connectorId', '_sourceId', 'deletedAt'] as const

/** And on every step. */
export const stepStamps = [
  ...documentStamps,
  '_templateId',
  'apiIdentifier',
  'aiDescription',
  'apim[]',
  'draft',
  'draftExpiresAt',
  'sandbox',
  '__linkedLookupCacheIds[]',
] as const

export const refused = (code: string, says: string, ...paths: readonly string[]): Field[] =>
  paths.map((path) => ({ path, refused: { code, says } }))

export const refusedWhere = (path: string, asks: NonNullable<Refusal['asks']>, code: string, says: string): Field => ({
  path,
  refused: { code, says, asks },
})

/** Found by what makes the step or the connection ready. */
export const refusedElsewhere = (code: string, says: string, ...paths: readonly string[]): Field[] =>
  paths.map((path) => ({ path, refused: { code, says, elsewhere: true } }))

/** The same fields, of which some values are refused. */
export const except = (fields: readonly Field[], refusal: Refusal): Field[] => fields.map((field) => ({ ...field, refused: refusal }))

/** Fields that only documents of this kind, or these kinds, have a use for. */
export const only = (kind: string | readonly string[], ...lists: readonly (readonly Field[])[]): Field[] =>
  lists.flat().map((field) => ({ ...field, of: [kind].flat() }))

/** Kinds of steps that read and write files. What is over HTTP does so where `http.type` says it. */
export const kindsOfFiles = ['FileSystem', 'FTP', 'S3', 'HTTPFile', 'Simple'] as const

const typeOfHttp = ({ http }: Described): unknown => (http as { readonly type?: unknown } | undefined)?.type

/** A stream of CSV is such a file. */
export const isHttpFile = (doc: Described): boolean => ['file', 'csvstream'].includes(String(typeOfHttp(doc)))

/** An export over HTTP whose answer is passed on as it is. */
export const fetchesBlob = ({ type, ...doc }: Described): boolean => type === 'blob' || typeOfHttp(doc) === 'blob'

export const isOfFiles = (adaptorType: unknown): boolean => kindsOfFiles.some((kind) => String(adaptorType).startsWith(kind))

/** Blocks of kinds that this server cannot run. */
export const unusable = (what: string, blocks: Readonly<Record<string, string>>): Field[] =>
  Object.entries(blocks).flatMap(([path, kind]) =>
    only(kind, refusedElsewhere('adaptor_unsupported', `This server cannot run ${what} of the kind ${kind}.`, path)),
  )

/** Blocks of adaptors that exports and imports both know and that do not run here. */
export const adaptorBlocks = {
  'netsuite.**': 'NetSuite',
  'salesforce.**': 'Salesforce',
  'as2.**': 'AS2',
} as const

/** Clients send what they do not mean as null, false, an empty text, list or object. */
export function saysSomething(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(saysSomething)
  if (typeof value === 'object' && value !== null) return Object.values(value).some(saysSomething)
  return value !== undefined && value !== null && value !== false && value !== ''
}

/** Any value but these. */
export const unless =
  (...harmless: readonly unknown[]) =>
  (value: unknown): boolean =>
    saysSomething(value) && !harmless.includes(value)
