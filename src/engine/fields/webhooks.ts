/** The fields of `webhook` of an export. */
import { carried, kept, type Field } from './field.ts'

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
    'webhook.requestMediaType',
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
  ...kept('Tells clients what it was made from.', 'webhook._httpConnectorId'),
]
