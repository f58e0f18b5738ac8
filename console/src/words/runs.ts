/** Words of flows, their runs and their errors. */
import { count } from './count.ts'

export const runWords = {
  runs: {
    statuses: {
      queued: 'Queued',
      running: 'Running',
      retrying: 'Retrying',
      completed: 'Completed',
      failed: 'Failed',
      canceled: 'Canceled',
    },
    partial: 'Completed with errors',
    filters: {
      queued: 'Queued',
      running: 'Running',
      completed: 'Completed',
      partial: 'Completed with errors',
      failed: 'Failed',
      canceled: 'Canceled',
    },
    search: 'Search by flow or message',
    searchMessages: 'Search messages',
    record: 'Trace key of a record',
    full: (n: number) => `${count(n, 'run')} shown, and no more at once: search or filter to find others.`,
  },
} as const
