/** Who uses which connection without its being registered. */
import type { Key } from './document.ts'

export interface Registration {
  /** Connections of these steps that the integration does not have registered, in the order of their ids. */
  findMissing(envId: string, integrationId: string, steps: readonly Key[]): Promise<readonly string[]>
  /** Integrations that have a flow with this step and not this connection, in the order of their ids, at most `limit`. */
  findLacking(envId: string, step: Key, connectionId: string, limit: number): Promise<readonly string[]>
  /** Integrations that have this connection registered, in the order of their ids. */
  findRegistered(envId: string, connectionId: string): Promise<readonly string[]>
  /** Integrations that have a flow with a step over this connection and have it not registered, in the order of their ids, at most `limit`. */
  findUsing(envId: string, connectionId: string, limit: number): Promise<readonly string[]>
}
