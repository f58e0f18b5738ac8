/** Who changed an integration. */
import { useData } from '../../api/queries.ts'
import { AuditFilters, AuditTable, useAuditQuery } from '../../parts/audit-table.tsx'
import { useParam } from '../../url-state.ts'

export function IntegrationAuditPage() {
  const entries = useData('listIntegrationAudit', { params: { _id: useParam('integrationId') }, query: useAuditQuery() })
  return (
    <>
      <AuditFilters />
      <AuditTable entries={entries} />
    </>
  )
}
