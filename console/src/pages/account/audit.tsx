/** Who changed what in the account. */
import { useData } from '../../api/queries.ts'
import { accountWords } from '../../words/account.ts'
import { AuditFilters, AuditTable, useAuditQuery } from '../../parts/audit-table.tsx'
import { PageHead } from '../../parts/page.tsx'

export function AuditPage() {
  const entries = useData('listAudit', { query: useAuditQuery() })
  return (
    <>
      <PageHead title={accountWords.audit.title} />
      <AuditFilters />
      <AuditTable entries={entries} />
    </>
  )
}
