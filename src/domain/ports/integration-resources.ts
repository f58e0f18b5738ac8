/** What belongs to an integration, read off the references between documents. Nothing of it is stored twice, and no other integration is read. */
import type { Collection } from '../../contract/resources/index.ts'

/** Texts are the documents' JSON as stored, oldest first, at most `limit`. An unknown integration has nothing. */
export interface IntegrationResources {
  listFlows(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** What its flows use as steps, and what names it. */
  listSteps(envId: string, integrationId: string, of: Collection & ('exports' | 'imports'), limit: number): Promise<string[]>
  listConnections(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** What its exports and imports name, and what names it. */
  listAsyncHelpers(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** The integrations whose `_parentId` is this one. */
  listChildren(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** Tiles of all integrations, or of these, as JSON, the oldest first; of all, after them one for the flows that belong to none, if any do. */
  listTiles(envId: string, integrationIds: readonly string[] | undefined, skip: number, limit: number): Promise<string[]>
}
