/** The rows of what waits for an application: connections that are offline, and the flows that were due meanwhile. */

export interface OfflinePing {
  readonly envId: string
  readonly connectionId: string
  /** How often it was asked in vain since it went offline. */
  readonly tries: number
}

export interface OfflinePings {
  /** The connection went offline: it is asked again then, unless that is settled already. */
  add(envId: string, connectionId: string, nextAt: string): Promise<void>
  remove(envId: string, connectionId: string): Promise<void>
  /** One whose time has come, of whichever account. Nobody else gets it before `until`. */
  takeDue(now: string, until: string): Promise<OfflinePing | undefined>
  /** It was asked in vain once more. */
  postpone(envId: string, connectionId: string, nextAt: string): Promise<void>
}

export interface PausedFlow {
  readonly envId: string
  readonly flowId: string
  /** Page generators that were due; undefined for all. */
  readonly exportIds?: readonly string[]
}

export interface PausedFlows {
  /** Notes that these page generators were due. True where none of the flow were before. */
  add(flow: PausedFlow): Promise<boolean>
  remove(envId: string, flowId: string): Promise<void>
  /** Flows whose connections are all back, in their order: those after `after`. */
  listBack(after: PausedFlow | undefined, limit: number): Promise<readonly PausedFlow[]>
}
