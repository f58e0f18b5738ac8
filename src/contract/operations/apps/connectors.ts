/** What connectors have beyond the operations of every document: they are installed, and their installations brought up to date. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { pagingQuery } from '../../paging.ts'
import { integration } from '../../resources/integration.ts'
import { flag, list, optional, text } from '../../shared/schema-helpers.ts'
import { scriptsToRun, toRun } from '../../code-preview.ts'

export const connectorParams = Type.Object({ _id: objectId({ description: 'Id of the connector.' }) })
const common = { tag: 'connectors', params: connectorParams } as const

/** Each runs a function of up to a minute, one after the other. */
const maxUpdated = 20

const outcome = Type.Object({
  _integrationId: objectId({ description: 'The installation.' }),
  updated: flag('True where its update function returned.'),
  updateInProgress: flag('True until the app itself clears it.'),
  ...optional({
    version: text('Version that it has now.'),
    error: text('Why it was left as it was.'),
    kept: list(
      Type.String(),
      'Fields that the publisher has changed and that are others here as well, as `import.{_id}.http.relativeURI`: they stay, for the update function to decide.',
    ),
  }),
})

const installed = Type.Object({
  _integrationId: objectId({ description: 'The installation.' }),
  installedAt: dateTime({ description: 'When it was begun, in UTC.' }),
  ...optional({
    user: Type.Object({ email: text('Who installed it.') }),
    _parentId: objectId({ description: 'Installation that it is a child of.' }),
    version: text('Version that it has.'),
    mode: text('Where it stands: `install`, `settings` or `uninstall`.'),
    updateInProgress: flag('True while an update runs.'),
    _editionId: objectId({ description: 'Edition that it has.' }),
    expires: dateTime({ description: 'When its licence expires.' }),
    paused: flag('True while its flows do not run.'),
  }),
})

export const connectors = {
  previewInstallConnector: {
    ...common,
    method: 'GET',
    path: '/v1/connectors/:_id/install/preview',
    summary: 'Preview installing an Integration App',
    description:
      'What would be installed, the steps it takes, and every function of the publisher that would run, with its code: with a step, a form, an update, a child, or in a flow. Nothing is made and nothing runs.',
    access: 'monitor',
    extent: 'own',
    query: Type.Object(optional({ _scriptId: objectId({ description: 'Show the text of this script, and of no other.' }) })),
    status: 200,
    result: Type.Object({
      name: text('What the app is called.'),
      ...optional({ description: text('What it does.'), version: text('Version that would be installed.') }),
      installSteps: integration.body.properties.installSteps,
      install: integration.body.properties.install,
      objects: list(
        Type.Object({ model: text('Type of the document.'), name: text('What it is called.') }),
        'Documents that would be made.',
      ),
      functions: list(toRun, 'Functions that would run.'),
      scripts: scriptsToRun,
      sha256: text('Hash of all code that would run. Sent with the installation, it is refused if the code is not that any more.'),
    }),
    errors: ['not_found', 'invalid_query_params', 'license_expired', 'license_in_use', 'invalid_integration_app'],
    extension: true,
  },
  installConnector: {
    ...common,
    method: 'POST',
    path: '/v1/connectors/:_id/install',
    summary: 'Install an Integration App',
    description:
      "Makes an integration in mode `install`; its steps complete it. Another account's app takes a licence that is free and has not expired; without any licence it is tried where its connector allows that, and is a 404 otherwise. No function runs before a step is taken, and until the last step is, only code that was there when the installation was begun.",
    access: 'manage',
    extent: 'own',
    body: Type.Object(
      optional({
        name: text('Name of the integration. That of the app where it is absent.', { minLength: 1 }),
        tag: text('Tells several installations of the app apart.'),
        _licenseId: objectId({ description: 'Licence to use. The oldest that is free where it is absent.' }),
        sha256: text('Of the code, as the preview answered it.'),
        _envId: objectId({ description: 'Environment of the account to install it in. That of the request where it is absent.' }),
      }),
    ),
    optionalBody: true,
    status: 201,
    result: integration.stored,
    errors: [
      'not_found',
      'missing_required_field',
      'invalid_field',
      'code_changed',
      'license_expired',
      'license_in_use',
      'invalid_integration_app',
    ],
    extension: true,
  },
  listInstallBase: {
    ...common,
    method: 'GET',
    path: '/v1/connectors/:_id/installBase',
    summary: 'List the installations of a connector',
    description: 'Children too. Of the accounts that have them, no more is told than who installed them.',
    access: 'monitor',
    extent: 'own',
    query: pagingQuery,
    status: 200,
    result: Type.Array(installed),
    empty: 'It is installed nowhere.',
    paged: true,
    errors: ['not_found', 'invalid_query_params'],
  },
  updateInstallations: {
    ...common,
    method: 'PUT',
    path: '/v1/connectors/:_id/update',
    summary: 'Bring installations to a new version',
    description: `Brings what the template has become since: new resources of the edition, which are off, and what was changed of those that are there. Sets \`updateInProgress\` and runs the \`update\` function of the app in each, one after the other, up to ${maxUpdated} a request. Settings and mappings are locked meanwhile; the app clears the flag and sets \`version\`. Where the function throws, the installation is as it was.`,
    access: 'manage',
    extent: 'own',
    body: Type.Object({
      _integrationIds: list(objectId(), 'The installations.', { minItems: 1, maxItems: maxUpdated }),
    }),
    status: 200,
    result: Type.Array(outcome),
    errors: ['not_found', 'missing_required_field', 'invalid_field', 'invalid_ref', 'invalid_integration_app'],
  },
} as const satisfies Record<string, Operation>
