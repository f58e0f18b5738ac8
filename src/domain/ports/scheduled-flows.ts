/** Flows that run by themselves, and what of them is under way. Not of one account: the clock asks for all. */

export interface ScheduledFlow {
  readonly envId: string
  readonly _id: string
  readonly schedule?: string
  readonly timezone?: string
  readonly isAbstract?: boolean
  readonly pageGenerators?: readonly { readonly _exportId: string; readonly schedule?: string }[]
  readonly _integrationId?: string
}

export interface ScheduledFlows {
  /** Flows with a schedule, of their own or of a page generator, that are not disabled: those behind `after`, in the order of account and id. */
  page(after: { readonly envId: string; readonly _id: string } | undefined, limit: number): Promise<readonly ScheduledFlow[]>
  /** The same flow as it is now, if it is still there and still not disabled. Nobody else starts it before this transaction ends. */
  lock(envId: string, flowId: string): Promise<ScheduledFlow | undefined>
  /**
   * The page generators that are waiting or running in some run of the flow, or were started for this minute already: one list a run, undefined for all.
   * Runs over a range that a caller asked for do not count: they do not export what is new.
   */
  underWay(envId: string, flowId: string, minute: string): Promise<readonly (readonly string[] | undefined)[]>
}
