/** The fields of `webhook` of an export. */
import { carried, kept, refusedWhere, type Field } from './field.ts'

const requests = 'cases/webhook/requests.json'

export const webhookFields: readonly Field[] = [
  ...carried(
    requests,
    'webhook.provider',
    'webhook.verify',
    'webhook.token',
    'webhook.algorithm',
    'webhook.encoding',
    'webhook.key',
    'webhook.header',
    'webhook.tokenLocation',
    'webhook.path',
    'webhook.tokenHeaderName',
    'webhook.tokenHeaderScheme',
    'webhook.customTokenScheme',
    'webhook.tokenQueryParamName',
    'webhook.username',
    'webhook.password',
    'webhook.pathToRecords',
    'webhook.includeParentData',
    'webhook.successStatusCode',
    'webhook.successBody',
    'webhook.successMediaType',
    'webhook.successResponseHeaders[].name',
    'webhook.successResponseHeaders[].value',
    'webhook.challengeResponseHeaders[].name',
    'webhook.challengeResponseHeaders[].value',
    'webhook.challengeSuccessBody',
    'webhook.challengeSuccessStatusCode',
    'webhook.challengeSuccessMediaType',
  ),
  {
    ...refusedWhere(
      'webhook.requestMediaType',
      (value) => value === 'csv',
      'media_type_unsupported',
      'Webhooks read JSON, XML, forms and plain text, and no CSV.',
    ),
    carried: requests,
  },
  ...kept('Tells clients what it was made from.', 'webhook._httpConnectorId'),
]
