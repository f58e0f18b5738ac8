/** An iClient: how an application knows this platform, an OAuth client for example. Connections share it. */
import { Type } from 'typebox'
import { link, objectId } from '../kit.ts'
import { defineResource } from '../resource.ts'
import type { Form } from '../shared/form.ts'
import type { Settings } from '../shared/settings.ts'
import { choice, flag, optional, nameBounds, text } from '../shared/schema-helpers.ts'
import { deletedAt } from './read-only-fields.ts'
import { oauth2 } from './iclient/oauth2.ts'
import { blocks } from './iclient/providers.ts'

const providers = [
  'custom_oauth2',
  'netsuite',
  'amazonmws',
  'awsIam',
  'azureserviceprincipal',
  'integrator',
  'salesforce',
  'shopify',
  'ebay-xml',
  'microsoftbusinesscentral',
  'google',
  'azureoauth',
  'squareup',
  'zendesk',
  'docusign',
  'ebay',
  'windowslive',
  'bigcommerce',
  'asana',
  'box',
  'dropbox',
  'clover',
  'servicenow',
  'jobvite',
  'twilio',
  'certify',
  'woocommerce',
] as const

export const iClient = defineResource({
  name: 'iClient',
  model: 'IClient',
  collection: 'iclients',
  spelling: 'iClients',
  description: 'An iClient: how an application knows this platform, such as an OAuth client.',
  body: Type.Object({
    provider: choice(providers, 'Application that it is for, or `custom_oauth2` for any other.'),
    ...optional({
      name: text('What people call it, at most 200 characters. Need not be unique.', nameBounds),
      published: flag('True offers it to others.'),
      formType: choice(['assistant', 'http'], 'Form that it was entered with.'),
      _httpConnectorId: objectId({ description: 'Prepared connector that it was made with.' }),
      _httpConnectorApiId: objectId({ description: 'API of that connector.' }),
      enableIClientReferences: flag('True lets templates of connections read its fields.'),
      enableJWT: flag('True has requests for a token carry the signed token of `jwt`.'),
      settings: link<Settings>('Settings', { description: 'Values of your own that templates read.' }),
      settingsForm: link<Form>('Form', { description: 'Form for entering `settings`.' }),
      oauth2,
    }),
    ...blocks,
  }),
  answered: optional({
    _userId: objectId({ readOnly: true, description: 'User who made the iClient.' }),
    deletedAt,
  }),
  identity: ['_id', 'name'],
  filters: ['provider', 'name'],
  projection: false,
})
