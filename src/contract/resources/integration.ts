/** An integration: the folder of flows that do one job, with settings of its own. Registered connections are changed by their own operation. */
import { Type } from 'typebox'
import { link, objectId, open, ref } from '../kit.ts'
import { defineResource } from '../resource.ts'
import type { Alias } from '../shared/alias.ts'
import type { Form } from '../shared/form.ts'
import type { PreSave } from '../shared/pre-save.ts'
import type { Settings } from '../shared/settings.ts'
import { choice, descriptionBounds, flag, anyObject, list, optional, nameBounds, object, text } from '../shared/schema-helpers.ts'
import { deletedAt } from './read-only-fields.ts'
import { lifecycle } from './integration/lifecycle.ts'

const grouping = (what: string) =>
  open({
    name: text('Heading of the group.'),
    ...optional({
      _id: objectId({
        description: `Identifies the group; ${what} name it by this. Given by the server where it is absent, kept where it is sent.`,
      }),
      settings: anyObject('Settings that the members of the group share.'),
      settingsForm: link<Form>('Form', { description: 'Form for entering the settings of the group.' }),
    }),
  })

export const integration = defineResource({
  name: 'integration',
  model: 'Integration',
  collection: 'integrations',
  description: 'An integration: the folder of flows that do one job, with settings of its own.',
  body: Type.Object({
    name: text('What people call it, at most 200 characters. Need not be unique.', nameBounds),
    ...optional({
      description: text('What it is for, in a sentence or two, at most 10,240 characters.', descriptionBounds),
      readme: text('Longer notes for those who run it, in Markdown.'),
      _connectorId: ref('connectors', { readOnly: true, description: 'Integration App that this integration is an installation of.' }),
      _templateId: objectId({
        description: 'Template that this integration was made from. It may be gone. Kept where a replacement leaves it out.',
      }),
      settings: link<Settings>('Settings', { description: 'Values of your own that its flows, scripts, filters and templates read.' }),
      settingsForm: link<Form>('Form', { description: 'Form for entering `settings`.' }),
      preSave: link<PreSave>('PreSave', { description: 'Function that may change or refuse the integration before it is stored.' }),
    }),
    ...lifecycle,
    ...optional({
      _parentId: ref('integrations', { description: 'Integration that this one is a child of.' }),
      flowGroupings: list(grouping('flows'), 'Groups that flows can be put into, in the order they are shown.'),
      apiGroupings: list(grouping('APIs'), 'Groups that APIs can be put into, in the order they are shown.'),
      netSuiteDistributedAdaptor: object(
        'The NetSuite account that sends its changes to this integration.',
        optional({
          accountId: text('Account in NetSuite.'),
          environment: choice(['production', 'beta'], 'Environment of NetSuite.'),
          integrationId: text('What the NetSuite side calls this integration.'),
        }),
      ),
      _sourceId: objectId({ readOnly: true, description: 'Integration that this one was cloned from. It may be gone.' }),
      sampleIntegration: flag('True for an example that is not meant to be used in earnest.'),
      syncs: flag('True where the integration uses syncs.'),
      aliases: list(link<Alias>('Alias'), 'Names for documents, by which scripts and templates can call them.'),
      iLMIgnore: anyObject(
        'What pulls and reverts leave alone: dotted field paths by type of resource (`flow`, `export`, `connection`). What is listed keeps the value it has here.',
      ),
    }),
  }),
  answered: optional({
    _registeredConnectionIds: Type.Array(ref('connections', { readOnly: true }), {
      readOnly: true,
      description: 'Connections that people with access to this integration may use. Changed by registering connections.',
    }),
    _integrationId: ref('integrations', {
      readOnly: true,
      description: 'Installation of an Integration App that this integration belongs to.',
    }),
    appFailure: Type.Object(
      {
        doing: Type.String({ readOnly: true, description: 'What was done: `update`, or the list of steps.' }),
        message: Type.String({ readOnly: true, description: 'Why it failed.' }),
        at: Type.String({ readOnly: true, format: 'date-time', description: 'When, in UTC.' }),
      },
      {
        readOnly: true,
        'x-sluice-extension': true,
        description:
          'Of an Integration App whose update failed, or whose server ended in the middle of one of its functions. Everything else is as it was before. Gone once a function of the app succeeds.',
      },
    ),
    deletedAt,
  }),
  ignorable: ['name', 'description', 'readme', 'settings', 'settingsForm', 'flowGroupings', 'apiGroupings', 'aliases'],
  keptWhileInstalled: true,
  identity: ['_id', 'name'],
  filters: ['_sourceId', '_connectorId', '_templateId', '_parentId', 'name', 'mode'],
  unversioned: [
    '_sourceId',
    '_templateId',
    '_connectorId',
    '_parentId',
    'mode',
    'updateInProgress',
    'resolvedAt',
    'pendingLicense',
    'appFailure',
    'iLMIgnore',
  ],
})
