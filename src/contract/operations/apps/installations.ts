/** What installations of Integration Apps have beyond other integrations: the steps that install, change and remove them, and their licence. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { integration } from '../../resources/integration.ts'
import type { ShownStep } from '../../resources/integration/lifecycle.ts'
import { anyObject, optional, text } from '../../shared/schema-helpers.ts'
import { integrationParams } from '../integrations/integration-errors.ts'

const common = { tag: 'integrations', params: integrationParams } as const
const { stored } = integration

const stepParams = Type.Object({
  ...integrationParams.properties,
  index: Type.String({ description: 'Place of the step in its list, from 0.' }),
})

const taken = Type.Object(
  optional({
    _connectionId: objectId({
      description: 'Of a step of type `connection`: the connection to use. It is of the type that the step asks for.',
    }),
    connection: anyObject('Of a step of type `connection`: the connection to make, over what the step holds as `sourceConnection`.'),
    formSubmission: anyObject('Of a step of type `form`: the values, by the names of the fields.'),
    _stackId: objectId({ description: 'Of a step of type `stack`: the stack to use.' }),
    _editionId: objectId({ description: 'Of a step of type `edition`: the edition of the licence.' }),
    sha256: text(
      'Where code of the app changed while it was being installed: that of the preview as it is now. Only code that was shown runs while an app is installed.',
    ),
  }),
)

const ofSteps = [
  'not_found',
  'missing_required_field',
  'invalid_field',
  'invalid_ref',
  'invalid_secret',
  'invalid_step',
  'invalid_integration_app',
  'connection_failed',
  'too_many_at_once',
  'script_error',
  'code_changed',
  'conflict',
] as const

const steps = <const L extends string>(list: L, what: string, empty?: string) =>
  ({
    show: {
      tag: 'integrations',
      params: stepParams,
      method: 'POST',
      path: `/v1/integrations/:_id/${list}/:index/show`,
      summary: `Get a step that ${what} as it is shown`,
      description:
        'With the form that its `initFormFunction` makes, or the address that its `getUrlFunction` answers. Those functions run.',
      access: 'manage',
      extent: 'environment',
      status: 200,
      result: Type.Unsafe<ShownStep>({ type: 'object', description: 'The step.' }),
      errors: ['not_found', 'invalid_step', 'invalid_integration_app', 'script_error', 'code_changed', 'conflict'],
      extension: true,
    },
    take: {
      tag: 'integrations',
      params: stepParams,
      method: 'POST',
      path: `/v1/integrations/:_id/${list}/:index`,
      summary: `Take a step that ${what}`,
      description:
        'The first that is not completed. What it takes depends on its type; a connection is pinged, and refused where it does not work. Its function runs, and may answer the list of steps anew; where it throws, the step stays open and nothing of the app has changed.',
      access: 'manage',
      extent: 'environment',
      body: taken,
      optionalBody: true,
      status: 200,
      result: stored,
      ...(empty !== undefined && { empty }),
      errors: ofSteps,
      extension: true,
    },
  }) as const

const install = steps('installSteps', 'installs an Integration App')
const uninstall = steps('uninstallSteps', 'removes an Integration App', 'It was the last: the installation is in the recycle bin.')
const edition = steps('changeEditionSteps', 'changes the edition of an Integration App')

export const apps = {
  resumeIntegration: {
    ...common,
    method: 'PUT',
    path: '/v1/integrations/:_id/resume',
    summary: 'Resume an Integration App integration',
    description:
      'Its flows, paused when its licence expired, run again under a valid licence: its own, or a free one of the account. An installation that is not through is refused: its steps are taken instead.',
    access: 'manage',
    extent: 'own',
    status: 200,
    result: stored,
    errors: ['not_found', 'invalid_ref', 'invalid_step', 'license_expired'],
  },
  changeIntegrationEdition: {
    ...common,
    method: 'POST',
    path: '/v1/integrations/:_id/changeEdition',
    summary: 'Change the edition of an Integration App integration',
    description:
      'To the edition of its licence, or to that of another licence of the account that is free. Sets `pendingLicense` and lays out `changeEditionSteps`; after the last of them, or at once where there are none, the `changeEdition` function runs and the resources of the edition are added and removed.',
    access: 'manage',
    extent: 'own',
    body: Type.Object(optional({ _licenseId: objectId({ 'x-sluice-extension': true, description: 'Licence to change to.' }) })),
    optionalBody: true,
    status: 200,
    result: stored,
    errors: [
      'not_found',
      'invalid_integration_app',
      'invalid_step',
      'invalid_field',
      'license_expired',
      'license_in_use',
      'script_error',
      'conflict',
    ],
  },
  initChildIntegration: {
    ...common,
    method: 'POST',
    path: '/v1/integrations/:_id/initChild',
    summary: 'Initialize a child integration',
    description: 'Makes the integration that the `initChild` function of the app returns, as a child of this one, once that is installed.',
    access: 'manage',
    extent: 'environment',
    partialAccess: 'account',
    status: 200,
    result: stored,
    errors: [
      'not_found',
      'invalid_ref',
      'invalid_step',
      'invalid_field',
      'missing_required_field',
      'license_expired',
      'script_error',
      'conflict',
    ],
  },
  detachIntegrationLicense: {
    ...common,
    method: 'PUT',
    path: '/v1/integrations/:_id/detachLicense',
    summary: 'Detach the license from an integration',
    description: 'The licence is free for another installation; the flows of this one pause. Done again it does nothing.',
    access: 'manage',
    extent: 'environment',
    status: 204,
    errors: ['not_found'],
  },
  uninstallIntegration: {
    ...common,
    method: 'POST',
    path: '/v1/integrations/:_id/uninstall',
    summary: 'Begin to remove an Integration App',
    description:
      'Its flows stop. Sets the mode `uninstall`; after the last of `uninstallSteps` the installation goes into the recycle bin, with its children and resources, and its licence is free again.',
    access: 'manage',
    extent: 'environment',
    status: 200,
    result: stored,
    empty: 'There are no steps: the installation is in the recycle bin.',
    errors: ['not_found', 'invalid_integration_app', 'conflict'],
    extension: true,
  },
  showInstallStep: install.show,
  takeInstallStep: install.take,
  showUninstallStep: uninstall.show,
  takeUninstallStep: uninstall.take,
  showChangeEditionStep: edition.show,
  takeChangeEditionStep: edition.take,
} as const satisfies Record<string, Operation>
