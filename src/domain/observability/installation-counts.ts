/** What there is at the moment in the whole installation, whichever program is asked. */
export interface InstallationCounts {
  readonly runsWaiting: number
  readonly runsRunning: number
  readonly openErrors: number
  readonly connectionsOffline: number
}
