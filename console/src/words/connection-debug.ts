/** Words of what a connection sent and got. They load with its page. */

export const debugWords = {
  title: 'Debug',
  off: 'Nothing is recorded at the moment.',
  until: 'Recorded until',
  start: 'Record for 15 minutes',
  stop: 'Stop recording',
  download: 'Download',
  forget: 'Remove',
  none: 'Nothing was recorded',
  noneWhy: 'While it is on, every request over this connection and its answer stand here, with secrets masked.',
} as const
