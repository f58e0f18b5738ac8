/** Control numbers of interchanges of EDI, counted up. */
export interface ControlNumbers {
  /**
   * The next number of an EDI profile, or of an export without one: never below `least`, and again from there once nine digits are used up. Nobody else
   * gets it, whichever worker asks.
   */
  take(envId: string, ownerId: string, least: number): Promise<number>
}
