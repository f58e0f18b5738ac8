/** The store as the domain sees it: every kind of row, on the pool or within one transaction. */
import type { Rows, Store } from '../domain/ports.ts'
import { accountRows } from './accounts.ts'
import type { Client, Database } from './database.ts'
import { documentRows } from './documents.ts'
import { flowErrorRows } from './flow-errors.ts'
import { jobRows } from './jobs.ts'

const rowsOn = (client: Client): Rows => ({
  documents: documentRows(client),
  accounts: accountRows(client),
  jobs: jobRows(client),
  flowErrors: flowErrorRows(client),
})

/** PostgreSQL's «run that again»: serialization_failure and deadlock_detected. */
const again = new Set(['40001', '40P01'])
const maxTries = 4

export const storeOn = (database: Database): Store => ({
  ...rowsOn(database.pool),
  async transaction(work) {
    for (let tries = 1; ; tries++) {
      try {
        return await database.transaction((client) => work(rowsOn(client)))
      } catch (error) {
        if (tries >= maxTries || !again.has((error as { code?: string }).code ?? '')) throw error
      }
    }
  },
})
