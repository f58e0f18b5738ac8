/** Which page is at which address. A page is loaded when it is first opened, or when the mouse comes near a link to it. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router'
import { CallRefused, setScope } from './api/client.ts'
import { readPreferences } from './api/preferences.ts'
import { readSession } from './api/session.ts'
import { Frame } from './frame.tsx'
import { paths } from './paths.ts'
import { Loading, PageProblem } from './parts/states.tsx'
import { parseSearch, stringifySearch } from './url-state.ts'

type Search = Record<string, string>

const root = createRootRoute({
  validateSearch: (search: Record<string, unknown>) => search as Search,
  // Account and environment go along with every link: an address that is shared opens where it was copied.
  search: { middlewares: [retainSearchParams(['account', 'env'])] },
  beforeLoad: ({ search }) => setScope({ account: search['account'], env: search['env'] }),
  component: Outlet,
  notFoundComponent: lazyRouteComponent(() => import('./pages/not-found.tsx'), 'NotFoundPage'),
})

const outside = [
  createRoute({
    getParentRoute: () => root,
    path: paths.signIn(),
    component: lazyRouteComponent(() => import('./pages/sign-in.tsx'), 'SignInPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: paths.signInReturn(),
    component: lazyRouteComponent(() => import('./pages/sign-in-return.tsx'), 'SignInReturnPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: paths.welcome(),
    component: lazyRouteComponent(() => import('./pages/welcome.tsx'), 'WelcomePage'),
  }),
]

const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  beforeLoad: async ({ location }) => {
    try {
      await readSession()
      await readPreferences()
    } catch (error) {
      if (!(error instanceof CallRefused) || error.status !== 401) throw error
      const next = location.href === paths.home() ? {} : { next: location.href }
      throw redirect({ to: paths.signIn(), search: next as never })
    }
  },
  component: Frame,
})

const page = (path: string, component: ReturnType<typeof lazyRouteComponent>) =>
  createRoute({ getParentRoute: () => frame, path, component })

const integration = createRoute({
  getParentRoute: () => frame,
  path: paths.integration('$integrationId'),
  component: lazyRouteComponent(() => import('./pages/integration/integration.tsx'), 'IntegrationPage'),
})
const tab = (path: string, component: ReturnType<typeof lazyRouteComponent>) =>
  createRoute({ getParentRoute: () => integration, path: path.slice(paths.integration('$integrationId').length), component })

const integrationTabs = [
  createRoute({
    getParentRoute: () => integration,
    path: '/',
    beforeLoad: ({ params }) => {
      throw redirect({ to: paths.integrationFlows((params as { integrationId: string }).integrationId), replace: true })
    },
  }),
  tab(
    paths.integrationSetup('$integrationId'),
    lazyRouteComponent(() => import('./pages/integration/setup.tsx'), 'IntegrationSetupPage'),
  ),
  tab(
    paths.integrationApp('$integrationId'),
    lazyRouteComponent(() => import('./pages/integration/app.tsx'), 'IntegrationAppPage'),
  ),
  tab(
    paths.integrationFlows('$integrationId'),
    lazyRouteComponent(() => import('./pages/integration/flows.tsx'), 'IntegrationFlowsPage'),
  ),
  tab(
    paths.integrationDashboard('$integrationId'),
    lazyRouteComponent(() => import('./pages/dashboard/dashboard.tsx'), 'IntegrationDashboardPage'),
  ),
  tab(
    paths.integrationConnections('$integrationId'),
    lazyRouteComponent(() => import('./pages/integration/connections.tsx'), 'IntegrationConnectionsPage'),
  ),
  tab(
    paths.integrationRevisions('$integrationId'),
    lazyRouteComponent(() => import('./pages/integration/revisions.tsx'), 'IntegrationRevisionsPage'),
  ),
  tab(
    paths.integrationPull('$integrationId'),
    lazyRouteComponent(() => import('./pages/lifecycle/pull.tsx'), 'PullPage'),
  ),
  tab(
    paths.integrationCompare('$integrationId'),
    lazyRouteComponent(() => import('./pages/lifecycle/compare.tsx'), 'ComparePage'),
  ),
  tab(
    paths.integrationRevision('$integrationId', '$revisionId'),
    lazyRouteComponent(() => import('./pages/lifecycle/revision.tsx'), 'RevisionPage'),
  ),
  tab(
    paths.integrationClone('$integrationId'),
    lazyRouteComponent(() => import('./pages/lifecycle/clone.tsx'), 'CloneIntegrationPage'),
  ),
  tab(
    paths.integrationPackage('$integrationId'),
    lazyRouteComponent(() => import('./pages/publish/package.tsx'), 'PackagePage'),
  ),
  tab(
    paths.integrationSettings('$integrationId'),
    lazyRouteComponent(() => import('./pages/integration/settings.tsx'), 'IntegrationSettingsPage'),
  ),
  tab(
    paths.integrationAliases('$integrationId'),
    lazyRouteComponent(() => import('./pages/integration/aliases.tsx'), 'IntegrationAliasesPage'),
  ),
  tab(
    paths.integrationUsers('$integrationId'),
    lazyRouteComponent(() => import('./pages/integration/users.tsx'), 'IntegrationUsersPage'),
  ),
  tab(
    paths.integrationNotifications('$integrationId'),
    lazyRouteComponent(() => import('./pages/integration/notifications.tsx'), 'IntegrationNotificationsPage'),
  ),
  tab(
    paths.integrationAudit('$integrationId'),
    lazyRouteComponent(() => import('./pages/integration/audit.tsx'), 'IntegrationAuditPage'),
  ),
  tab(
    paths.integrationAdmin('$integrationId'),
    lazyRouteComponent(() => import('./pages/integration/admin.tsx'), 'IntegrationAdminPage'),
  ),
]

const pages = [
  page(
    paths.home(),
    lazyRouteComponent(() => import('./pages/home.tsx'), 'HomePage'),
  ),
  page(
    paths.dashboard(),
    lazyRouteComponent(() => import('./pages/dashboard/dashboard.tsx'), 'DashboardPage'),
  ),
  integration.addChildren(integrationTabs),
  page(
    paths.integrationErrors('$integrationId'),
    lazyRouteComponent(() => import('./pages/errors/integration-errors.tsx'), 'IntegrationErrorsPage'),
  ),
  page(
    paths.flowErrors('$flowId'),
    lazyRouteComponent(() => import('./pages/errors/flow-errors.tsx'), 'FlowErrorsPage'),
  ),
  page(
    paths.stepErrors('$flowId', '$stepId'),
    lazyRouteComponent(() => import('./pages/errors/step-errors.tsx'), 'StepErrorsPage'),
  ),
  page(
    paths.resources('$collection'),
    lazyRouteComponent(() => import('./pages/resources/resources.tsx'), 'ResourcesPage'),
  ),
  page(
    paths.connectionDebug('$resourceId'),
    lazyRouteComponent(() => import('./pages/resources/connection-debug.tsx'), 'ConnectionDebugPage'),
  ),
  page(
    paths.resource('$collection', '$resourceId'),
    lazyRouteComponent(() => import('./pages/resources/resource.tsx'), 'ResourcePage'),
  ),
  page(
    paths.installApp(),
    lazyRouteComponent(() => import('./pages/account/install.tsx'), 'InstallPage'),
  ),
  page(
    paths.templates(),
    lazyRouteComponent(() => import('./pages/account/templates.tsx'), 'TemplatesPage'),
  ),
  page(
    paths.installTemplate('$templateId'),
    lazyRouteComponent(() => import('./pages/lifecycle/install-template.tsx'), 'InstallTemplatePage'),
  ),
  page(
    paths.licenses(),
    lazyRouteComponent(() => import('./pages/account/licenses.tsx'), 'LicensesPage'),
  ),
  page(
    paths.recycleBin(),
    lazyRouteComponent(() => import('./pages/account/recycle-bin.tsx'), 'RecycleBinPage'),
  ),
  page(
    paths.users(),
    lazyRouteComponent(() => import('./pages/account/users.tsx'), 'UsersPage'),
  ),
  page(
    paths.accessTokens(),
    lazyRouteComponent(() => import('./pages/account/access-tokens.tsx'), 'AccessTokensPage'),
  ),
  page(
    paths.audit(),
    lazyRouteComponent(() => import('./pages/account/audit.tsx'), 'AuditPage'),
  ),
  page(
    paths.profile(),
    lazyRouteComponent(() => import('./pages/account/profile.tsx'), 'ProfilePage'),
  ),
  page(
    paths.flow('$flowId'),
    lazyRouteComponent(() => import('./pages/flow/flow.tsx'), 'FlowPage'),
  ),
]

export const router = createRouter({
  routeTree: root.addChildren([...outside, frame.addChildren(pages)]),
  parseSearch: parseSearch as (search: string) => Record<string, unknown>,
  stringifySearch: stringifySearch as (search: Record<string, unknown>) => string,
  defaultPreload: 'intent',
  defaultPendingComponent: Loading,
  // What is there sooner does not flicker. In milliseconds.
  defaultPendingMs: 150,
  defaultPendingMinMs: 0,
  defaultErrorComponent: PageProblem,
  scrollRestoration: true,
})
