/** What belongs to an integration, read off the references between documents. Nothing of it is stored twice, and no other integration is read. */
import type { Collection } from '../../contract/resources/index.ts'

/** Texts are the documents' JSON as stored, oldest first, at most `limit`. An unknown integration has nothing. */
export interface IntegrationResources {
  flows(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** What its flows use as steps, and what names it. */
  steps(envId: string, integrationId: string, of: Collection & ('exports' | 'imports'), limit: number): Promise<string[]>
  connections(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** What its exports and imports name, and what names it. */
  asyncHelpers(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** The integrations whose `_parentId` is this one. */
  children(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** Tiles of all integrations, or of these, as JSON, the oldest first; of all, behind them one for the flows that belong to none, if any do. */
  tiles(envId: string, integrationIds: readonly string[] | undefined, skip: number, limit: number): Promise<string[]>
}
