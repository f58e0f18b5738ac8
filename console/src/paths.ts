/** The one place for addresses of pages. The router takes its patterns from here too, with `$name` in place of an id. */

const integration = (id: string) => `/integrations/${id}`
const flow = (id: string) => `/flows/${id}`

export const paths = {
  home: () => '/',
  signIn: () => '/sign-in',
  /** The provider knows it: it is registered there. */
  signInReturn: () => '/sign-in/openid',
  welcome: () => '/welcome',
  dashboard: () => '/dashboard',
  integration,
  integrationSetup: (id: string) => `${integration(id)}/setup`,
  integrationApp: (id: string) => `${integration(id)}/app`,
  integrationFlows: (id: string) => `${integration(id)}/flows`,
  integrationDashboard: (id: string) => `${integration(id)}/dashboard`,
  integrationConnections: (id: string) => `${integration(id)}/connections`,
  integrationRevisions: (id: string) => `${integration(id)}/revisions`,
  integrationRevision: (id: string, revisionId: string) => `${integration(id)}/revisions/${revisionId}`,
  integrationPull: (id: string) => `${integration(id)}/revisions/pull`,
  integrationCompare: (id: string) => `${integration(id)}/revisions/compare`,
  integrationPackage: (id: string) => `${integration(id)}/package`,
  integrationClone: (id: string) => `${integration(id)}/clone`,
  integrationSettings: (id: string) => `${integration(id)}/settings`,
  integrationAliases: (id: string) => `${integration(id)}/aliases`,
  integrationUsers: (id: string) => `${integration(id)}/users`,
  integrationNotifications: (id: string) => `${integration(id)}/notifications`,
  integrationAudit: (id: string) => `${integration(id)}/audit`,
  integrationAdmin: (id: string) => `${integration(id)}/admin`,
  flow,
  integrationErrors: (id: string) => `${integration(id)}/errors`,
  flowErrors: (flowId: string) => `${flow(flowId)}/errors`,
  stepErrors: (flowId: string, stepId: string) => `${flow(flowId)}/errors/${stepId}`,
  resources: (collection: string) => `/resources/${collection}`,
  resource: (collection: string, id: string) => `/resources/${collection}/${id}`,
  connectionDebug: (id: string) => `/resources/connections/${id}/debug`,
  installApp: () => '/install',
  templates: () => '/templates',
  installTemplate: (id: string) => `/templates/${id}/install`,
  licenses: () => '/licenses',
  recycleBin: () => '/recycle-bin',
  users: () => '/users',
  accessTokens: () => '/access-tokens',
  audit: () => '/audit',
  profile: () => '/profile',
  apiDescription: () => '/docs',
} as const

/** In place of an integration's id, for the flows that belong to none. */
export const noIntegration = 'none'

/** Of the flow that a page is about. */
export const findFlowId = (path: string): string | undefined => /^\/flows\/([0-9a-f]{24})/.exec(path)?.[1]
