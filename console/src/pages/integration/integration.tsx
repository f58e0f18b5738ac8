/** An integration: its name, and the tabs that are its parts. */
import { Outlet } from '@tanstack/react-router'
import { Suspense } from 'react'
import { useData, useLater } from '../../api/queries.ts'
import { words } from '../../words.ts'
import { noIntegration, paths } from '../../paths.ts'
import { PageHead, Tabs } from '../../parts/page.tsx'
import { Loading } from '../../parts/states.tsx'
import { useParam } from '../../url-state.ts'

const crumbs = [{ label: words.home.title, to: paths.home() }]

export function IntegrationPage() {
  const id = useParam('integrationId')
  return id === noIntegration ? <Standalone /> : <Integration id={id} />
}

/** Flows that belong to no integration have neither settings nor revisions. */
function Standalone() {
  return (
    <>
      <PageHead title={words.integration.standalone} crumbs={crumbs} />
      <Tab />
    </>
  )
}

function Integration({ id }: { readonly id: string }) {
  const { name, description } = useData('getIntegration', { params: { _id: id } })
  const errors = useLater('listIntegrationErrors', { params: { _id: id } }).data ?? []
  const { integration } = words
  return (
    <>
      <PageHead title={name} crumbs={crumbs} detail={description} />
      <Tabs
        label={integration.tabs}
        tabs={[
          { label: integration.flows, to: paths.integrationFlows(id), count: errors.reduce((sum, { numError }) => sum + numError, 0) },
          { label: integration.connections, to: paths.integrationConnections(id) },
          { label: integration.revisions, to: paths.integrationRevisions(id) },
          { label: integration.settings, to: paths.integrationSettings(id) },
          { label: integration.aliases, to: paths.integrationAliases(id) },
          { label: integration.users, to: paths.integrationUsers(id) },
          { label: integration.audit, to: paths.integrationAudit(id) },
          { label: integration.admin, to: paths.integrationAdmin(id) },
        ]}
      />
      <Tab />
    </>
  )
}

const Tab = () => (
  <Suspense fallback={<Loading />}>
    <Outlet />
  </Suspense>
)
