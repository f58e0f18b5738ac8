/** What documents hold, as types: those of one type of document by its schema, and what can be said of a document of any type. */
import type { Static } from 'typebox'
import type { Collection, resources } from './resources/index.ts'

type Resources = typeof resources

/** A document as it is stored. Of a type that is not known here it is `AnyDocument`. */
export type Document<C extends Collection = Collection> = Collection extends C ? AnyDocument : Static<Resources[C]['stored']>

/** What a client may send of one, once it is checked. */
export type DocumentBody<C extends Collection = Collection> = Collection extends C ? AnyBody : Static<Resources[C]['body']>

/** Fields that mean the same in every type that has them. All others are JSON until the type is known. */
export interface CommonFields {
  readonly name?: string
  readonly description?: string
  readonly _integrationId?: string
  readonly _connectorId?: string
  readonly _connectionId?: string
  readonly disabled?: boolean
  readonly type?: string
  readonly adaptorType?: string
  readonly settings?: Readonly<Record<string, unknown>>
}

export interface AnyBody extends CommonFields {
  readonly [field: string]: unknown
}

export interface AnyDocument extends CommonFields {
  readonly _id: string
  readonly createdAt: string
  readonly lastModified: string
  readonly [field: string]: unknown
}

/** Its fields by their names, with values that nobody has checked: of what a merge or a script made, or files hold. */
export type Unchecked<T> = { readonly [F in keyof T]?: unknown }

export type ConnectionDocument = Document<'connections'>
export type ConnectorDocument = Document<'connectors'>
/** @public */
export type ExportDocument = Document<'exports'>
/** @public */
export type FlowDocument = Document<'flows'>
export type ImportDocument = Document<'imports'>
export type IntegrationDocument = Document<'integrations'>
export type LookupCacheDocument = Document<'lookupcaches'>
export type FileDefinitionDocument = Document<'filedefinitions'>
export type ScriptDocument = Document<'scripts'>
