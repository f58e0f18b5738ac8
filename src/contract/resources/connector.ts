/** A connector: an Integration App as its maker publishes it. Integrations name it in `_connectorId` once they are installed from it. */
import { Type } from 'typebox'
import { objectId, open, ref } from '../kit.ts'
import { defineResource } from '../resource.ts'
import { descriptionBounds, flag, integer, list, optional, nameBounds, object, text, texts } from '../shared/schema-helpers.ts'
import { deletedAt } from './read-only-fields.ts'

const packaged = (whose: string) =>
  object(
    `Resources of the template integration that ${whose} of this edition have, with all that they use. All of them where this is absent.`,
    optional({ flows: list(ref('flows'), 'Flows of the template integration.') }),
    { 'x-sluice-extension': true },
  )

const edition = open({
  displayName: text('What people call the edition.'),
  ...optional({
    _id: objectId({ description: 'Identifies the edition. Given by the server where it is absent, kept where it is sent.' }),
    order: integer('Place among the editions, from 0 and without gaps. A larger one offers more.', { minimum: 0 }),
    description: text('What the edition offers, at most 10,240 characters.', descriptionBounds),
    resources: packaged('installations'),
    childResources: packaged('children'),
  }),
})

const twoDotZero = object(
  'What an Integration App with install steps adds.',
  optional({
    _integrationId: ref('integrations', { description: 'Integration that installations are copies of.' }),
    editions: list(edition, 'What the app can be licensed as.'),
    isParentChild: flag('True where each installation holds a tree of integrations.'),
  }),
)

export const connector = defineResource({
  name: 'connector',
  model: 'Connector',
  collection: 'connectors',
  description: 'A connector: an Integration App that others can install, as its maker keeps it.',
  body: Type.Object({
    name: text('What people call it, at most 200 characters. Need not be unique.', nameBounds),
    ...optional({
      handle: text('Short name of it in addresses.'),
      description: text('What the app does for those who install it, at most 10,240 characters.', descriptionBounds),
      imageURL: text('Address of a picture to show.'),
      websiteURL: text('Address of a page that tells more.'),
      contactEmail: text('Where questions about it go.'),
      published: flag('True offers it to others.'),
      applications: texts('Names of the applications that it connects.'),
      trialEnabled: flag('True lets people try it without a licence.'),
      trialPeriod: integer('Days that a trial lasts.', { minimum: 1 }),
      _integrationId: ref('integrations', { description: 'Integration that installations are copies of.' }),
      _trialLicenseTemplateId: objectId({ description: 'Licence that trials are given a copy of.' }),
      _stackId: ref('stacks', { description: 'Stack that serves the functions.' }),
      installerFunction: text('Function that is called when the app is installed.'),
      updateFunction: text('Function that is called when an installation is brought to a new version.'),
      uninstallerFunction: text('Function that is called when an installation is removed.'),
      framework: text('How the app is installed: `twoDotZero` with install steps.'),
      twoDotZero,
    }),
  }),
  answered: optional({
    _userId: objectId({ readOnly: true, description: 'User who made the connector.' }),
    deletedAt,
  }),
  replaceErrors: ['edition_delete_not_allowed'],
  keptWhileInstalled: true,
  identity: ['_id', 'name'],
  filters: ['_integrationId', '_stackId', 'published', 'name'],
})
