/** Exports of what an application sends on its own: who may send, where the records are, and what the sender is answered. */
import { objectId, secret } from '../../kit.ts'
import { choice, flag, integer, list, optional, object, pair, text } from '../../shared/schema-helpers.ts'

const providers = [
  'github',
  'shopify',
  'travis',
  'travis-org',
  'slack',
  'dropbox',
  'onfleet',
  'helpscout',
  'errorception',
  'box',
  'stripe',
  'aha',
  'jira',
  'pagerduty',
  'postmark',
  'mailchimp',
  'intercom',
  'activecampaign',
  'segment',
  'recurly',
  'shipwire',
  'surveymonkey',
  'parseur',
  'mailparser-io',
  'hubspot',
  'integrator-extension',
  'custom',
  'sapariba',
  'happyreturns',
  'typeform',
] as const
const answers = ['json', 'xml', 'plaintext'] as const

const sender = optional({
  provider: choice(providers, 'Application that sends, or `custom`.'),
  verify: choice(
    ['token', 'hmac', 'basic', 'secret_url'],
    'How a sender proves who it is: a token, a signature, user name and password, or an address that nobody else knows.',
  ),
  token: secret({ description: 'The token; for `secret_url`, the secret part of the address.' }),
  algorithm: choice(['sha1', 'sha256', 'sha384', 'sha512'], 'Digest of the signature, for `hmac`.'),
  encoding: choice(['hex', 'base64'], 'How the signature is written, for `hmac`.'),
  key: secret({ description: 'Key of the signature, for `hmac`.' }),
  header: text('Header that carries the signature, for `hmac`.'),
  tokenLocation: choice(['body', 'header', 'queryParam'], 'Where requests carry the token.', { default: 'body' }),
  path: text('Path of the token in the body.'),
  tokenHeaderName: text('Header that carries the token. `Authorization` where it is absent.'),
  tokenHeaderScheme: choice(['bearer', 'custom', 'none'], 'Word before the token in the header.', { default: 'bearer' }),
  customTokenScheme: text('That word, for `custom`.'),
  tokenQueryParamName: text('Query parameter that carries the token.'),
  username: text('User name, for `basic`.'),
  password: secret({ description: 'Password, for `basic`.' }),
})

const content = optional({
  _httpConnectorId: objectId({ description: 'Prepared connector that the webhook was made from.' }),
  requestMediaType: choice(
    ['json', 'xml', 'csv', 'urlencoded', 'plaintext'],
    'How requests are read. As their Content-Type says where it is absent.',
  ),
  pathToRecords: text('Path of the records in the body; the body is one record where it is absent.'),
  includeParentData: flag('True gives each record what lies beside the list that it comes from.'),
})

const answer = optional({
  successStatusCode: integer('Status that the sender is answered.', { default: 204 }),
  successBody: text('Body that the sender is answered. Handlebars.'),
  successMediaType: choice(answers, 'How that body is written.', { default: 'json' }),
  successResponseHeaders: list(pair('header'), 'Headers that the sender is answered.'),
  challengeResponseHeaders: list(
    pair('header'),
    'Headers of the answer to a challenge, with which some applications try a webhook before they use it.',
  ),
  challengeSuccessBody: text('Body of the answer to a challenge. Handlebars.'),
  challengeSuccessStatusCode: integer('Status of the answer to a challenge.', { default: 200 }),
  challengeSuccessMediaType: choice(answers, 'How that body is written.', { default: 'json' }),
})

export const webhook = object('A webhook, for adaptor type `WebhookExport`.', { ...sender, ...content, ...answer })
