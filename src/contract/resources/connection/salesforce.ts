/** Connections to Salesforce. */
import { ref, secret } from '../../kit.ts'
import { choice, flag, anyObject, optional, object, text, texts } from '../../shared/schema-helpers.ts'
import { concurrency } from './parts.ts'

export const salesforce = object('An organization in Salesforce. Required for type `salesforce`.', {
  ...optional({
    sandbox: flag('True for a sandbox of Salesforce.', { default: false }),
    oauth2FlowType: choice(['jwtBearerToken', 'refreshToken'], "Whether a signed token or a person's agreement opens the way.", {
      default: 'refreshToken',
    }),
    username: text('User that requests act as, for `jwtBearerToken`.'),
    _iClientId: ref('iclients', { description: 'Client document that holds the connected app.' }),
    baseURI: text('Address of the organization.'),
    bearerToken: secret({ description: 'Token in use.' }),
    refreshToken: secret({ description: 'Token that is exchanged for a new one.' }),
    packagedOAuth: flag('True uses the connected app of the companion package.'),
    scope: texts('Rights to ask for.', { default: ['full', 'refresh_token'] }),
    info: anyObject('What Salesforce said of the organization and user when it was connected.', { readOnly: true }),
  }),
  ...concurrency(5),
})
