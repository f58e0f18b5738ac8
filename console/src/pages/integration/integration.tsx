/** An integration: its name, and the tabs that are its parts. */
import { Outlet } from '@tanstack/react-router'
import { Suspense } from 'react'
import { findOpenSteps } from '../../api/app-steps.ts'
import type { CallResult } from '../../api/client.ts'
import { useData, useLater } from '../../api/queries.ts'
import { appWords } from '../../words/apps.ts'
import { notificationWords } from '../../words/notifications.ts'
import { words } from '../../words.ts'
import { integrationWords } from '../../words/integrations.ts'
import { noIntegration, paths } from '../../paths.ts'
import { LinkButton } from '../../parts/button.tsx'
import { PageHead, Tabs } from '../../parts/page.tsx'
import { Loading } from '../../parts/states.tsx'
import { ErrorCount } from '../../parts/status.tsx'
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
      <PageHead title={integrationWords.integration.standalone} crumbs={crumbs} />
      <Tab />
    </>
  )
}

function Integration({ id }: { readonly id: string }) {
  const whole = useData('getIntegration', { params: { _id: id } })
  const { name, description, _connectorId } = whole
  const errors = useLater('listIntegrationErrors', { params: { _id: id } }).data ?? []
  const numError = errors.reduce((sum, each) => sum + each.numError, 0)
  const { integration } = integrationWords
  return (
    <>
      <PageHead title={name} crumbs={crumbs} detail={description}>
        {numError > 0 && <ErrorCount count={numError} words={words.home.errors(numError)} to={paths.integrationErrors(id)} />}
      </PageHead>
      <SetupBanner integration={whole} />
      <Tabs
        label={integration.tabs}
        tabs={[
          { label: integration.flows, to: paths.integrationFlows(id), count: numError },
          { label: words.frame.dashboard, to: paths.integrationDashboard(id) },
          { label: integration.connections, to: paths.integrationConnections(id) },
          { label: integration.revisions, to: paths.integrationRevisions(id) },
          ...(_connectorId === undefined ? [] : [{ label: appWords.app.title, to: paths.integrationApp(id) }]),
          { label: integration.settings, to: paths.integrationSettings(id) },
          { label: integration.aliases, to: paths.integrationAliases(id) },
          { label: integration.users, to: paths.integrationUsers(id) },
          { label: notificationWords.title, to: paths.integrationNotifications(id) },
          { label: integration.audit, to: paths.integrationAudit(id) },
          { label: integration.admin, to: paths.integrationAdmin(id), holds: [paths.integrationClone(id), paths.integrationPackage(id)] },
        ]}
      />
      <Tab />
    </>
  )
}

/** An app whose steps are not all taken says so on each of its pages. */
function SetupBanner({ integration }: { readonly integration: CallResult<'getIntegration'> }) {
  const open = findOpenSteps(integration)
  if (!open) return null
  const { setup } = appWords
  return (
    <div className="away banner" role="status">
      <span>
        {setup.banners[open.list]} {setup.progress(open.current, open.steps.length)}
      </span>
      <LinkButton to={paths.integrationSetup(integration._id)}>{setup.goOn}</LinkButton>
    </div>
  )
}

const Tab = () => (
  <Suspense fallback={<Loading />}>
    <Outlet />
  </Suspense>
)
