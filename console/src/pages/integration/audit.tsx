/** Who changed an integration. */
import { AuditLog } from '../../parts/audit-table.tsx'
import { useParam } from '../../url-state.ts'

export const IntegrationAuditPage = () => <AuditLog operation="listIntegrationAudit" id={useParam('integrationId')} />
