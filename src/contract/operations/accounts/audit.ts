/** Who changed what, over all documents of an environment. */
import { Type } from 'typebox'
import { accountAuditQuery, AuditEntry } from '../../audit.ts'
import type { Operation } from '../../operation.ts'

export const audit = {
  listAudit: {
    method: 'GET',
    path: '/v1/audit',
    tag: 'audit',
    summary: 'List who changed what',
    description: 'The changes made to the documents of the environment and of the account, newest first.',
    access: 'monitor',
    extent: 'own',
    partialAccess: 'account',
    query: accountAuditQuery,
    status: 200,
    result: Type.Array(AuditEntry),
    empty: 'Nothing is on record.',
    errors: ['invalid_query_params'],
  },
} as const satisfies Record<string, Operation>
