/** What is asked for again once a revision has changed. */
import type { OperationName } from '../../api/client.ts'

export const ofRevision = [
  'getIntegrationRevision',
  'getIntegrationRevisionDiff',
  'listRevisionConflicts',
  'listIntegrationRevisions',
] as const satisfies readonly OperationName[]
