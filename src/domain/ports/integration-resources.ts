/** What belongs to an integration, and what a flow is made of, read off the references between documents. Nothing of it is stored twice, and no other integration is read. */
import type { TileOrder } from '../../contract/operations/integrations/account-lists.ts'
import type { Collection } from '../../contract/resources/index.ts'

/** Texts are the documents' JSON as stored, oldest first, at most `limit`. What is not there has nothing. */
export interface IntegrationResources {
  listFlows(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** What its flows use as steps, and what names it. */
  listSteps(envId: string, integrationId: string, of: Collection & ('exports' | 'imports'), limit: number): Promise<string[]>
  listConnections(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** What its exports and imports name, and what names it. */
  listAsyncHelpers(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** The integrations whose `_parentId` is this one. */
  listChildren(envId: string, integrationId: string, limit: number): Promise<string[]>
  /** Its page generators, lookups and imports, those in branches too. */
  listStepsOfFlow(envId: string, flowId: string, of: Collection & ('exports' | 'imports'), limit: number): Promise<string[]>
}

/** How tiles are asked for. */
export interface TilesAsked {
  readonly userId: string
  readonly search?: string
  readonly sort?: TileOrder
  readonly pinnedFirst?: boolean
}

/** Integrations at a glance, which users search, sort and pin. */
export interface Tiles {
  /** Of all integrations, or of these, as JSON; of all, also one for the flows that belong to none, if any do. The oldest first, and that one last, unless another order is asked for. */
  list(envId: string, integrationIds: readonly string[] | undefined, asked: TilesAsked, skip: number, limit: number): Promise<string[]>
  /** Answers false where the user has pinned so many by now. */
  pin(envId: string, userId: string, integrationId: string, most: number): Promise<boolean>
  unpin(envId: string, userId: string, integrationId: string): Promise<void>
}
