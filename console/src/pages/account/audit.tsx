/** Who changed what in the account. */
import { accountWords } from '../../words/account.ts'
import { AuditLog } from '../../parts/audit-table.tsx'
import { PageHead } from '../../parts/page.tsx'

export function AuditPage() {
  return (
    <>
      <PageHead title={accountWords.audit.title} />
      <AuditLog operation="listAudit" />
    </>
  )
}
