/** The fields of connections. */
import {
  documentStamps,
  answered,
  carried,
  except,
  kept,
  only,
  refused,
  refusedElsewhere,
  refusedWhere,
  saysSomething,
  unusable,
  type Field,
  type Described,
} from './field.ts'

const unsupported = 'field_unsupported'
const signIn = 'Nobody is signed in, and no token is fetched or refreshed yet: a token that the connection holds is sent as it is.'

const proofs: readonly Field[] = [
  ...except(carried('engine/outgoing/auth.test.ts', 'http.auth.type'), {
    code: 'auth_type_unsupported',
    says: 'Proofs are basic, token, custom, and oauth where the connection holds an access token.',
    elsewhere: true,
  }),
  ...carried('cases/http-export/answers.json', 'http.auth.failStatusCode', 'http.auth.failPath', 'http.auth.failValues[]'),
  ...carried(
    'cases/http-import/answers.json',
    'http.auth.failures[].statusCode',
    'http.auth.failures[].path',
    'http.auth.failures[].values[]',
    'http.useNewAuthFailSchema',
  ),
  ...carried('engine/outgoing/auth.test.ts', 'http.auth.skipFollowAuthorizationHeader'),
  ...carried(
    'engine/outgoing/auth.test.ts',
    'http.auth.basic.username',
    'http.auth.basic.password',
    'http.auth.token.token',
    'http.auth.token.location',
    'http.auth.token.headerName',
    'http.auth.token.scheme',
    'http.auth.token.paramName',
  ),
  ...refused(
    unsupported,
    signIn,
    'http.auth.token.refreshRelativeURI',
    'http.auth.token.refreshBody',
    'http.auth.token.refreshTokenPath',
    'http.auth.token.refreshHeaders[].value',
    'http.auth.token.revoke.uri',
  ),
  ...kept(
    'Says more of a refresh or an end of the token, which are refused by the field that asks for them.',
    'http.auth.token.refreshMethod',
    'http.auth.token.refreshMediaType',
    'http.auth.token.refreshResponseMediaType',
    'http.auth.token.refreshToken',
    'http.auth.token.refreshTokenLocation',
    'http.auth.token.refreshHeaders[].name',
    'http.auth.token.tokenPaths[]',
    'http.auth.token.revoke.body',
    'http.auth.token.revoke.headers[].name',
    'http.auth.token.revoke.headers[].value',
  ),
  ...refusedElsewhere('auth_type_unsupported', signIn, 'http.auth.oauth.**', 'http.auth.cookie.**', 'http.auth.jwt.**'),
]

const isAmazon = (value: unknown): boolean => saysSomething(value)
const lies = (value: unknown): boolean => Date.parse(String(value)) > Date.now()
const needsClient = (value: unknown, { http }: Described): boolean => {
  const { auth } = (http ?? {}) as { auth?: { type?: unknown; token?: { token?: unknown } } }
  return saysSomething(value) && auth?.type === 'oauth' && !auth.token?.token
}

const request: readonly Field[] = [
  ...carried('cases/http-import/requests.json', 'http.mediaType', 'http.headers[].name', 'http.headers[].value'),
  ...carried('http/save-time.test.ts', 'http.baseURI'),
  ...carried('cases/http-import/xml.json', 'http.successMediaType', 'http.errorMediaType'),
  ...carried('engine/outgoing/auth.test.ts', 'http.disableStrictSSL'),
  ...carried('engine/adaptors/http-import.test.ts', 'http.concurrencyLevel'),
  ...carried('engine/outgoing/retry.test.ts', 'http.retryHeader'),
  refusedWhere('http.type', isAmazon, unsupported, 'Requests to Amazon are not signed yet.'),
  ...carried('engine/outgoing/tls.test.ts', 'http.clientCertificates.cert', 'http.clientCertificates.key', 'http.clientCertificates.ca'),
  ...carried('engine/outgoing/tls.test.ts', 'http.clientCertificates.passphrase', 'http.clientCertificates.pfx'),
  ...carried(
    'http/pings.test.ts',
    'http.ping.relativeURI',
    'http.ping.method',
    'http.ping.body',
    'http.ping.successPath',
    'http.ping.successValues[]',
    'http.ping.allowArrayforSuccessPath',
    'http.ping.failPath',
    'http.ping.failValues[]',
    'http.ping.errorPath',
  ),
  ...proofs,
  ...carried(
    'engine/adaptors/http-export.test.ts',
    'http.rateLimit.failStatusCode',
    'http.rateLimit.failPath',
    'http.rateLimit.failValues[]',
  ),
  ...except(carried('engine/run-rate-limits.test.ts', 'http.rateLimit.limit'), {
    code: unsupported,
    says: 'Requests follow each other a minute apart at the most.',
    asks: (value) => Number(value) > 60_000,
  }),
  ...carried('cases/http-export/runs.json', 'http.encrypted'),
  refusedWhere('http._iClientId', needsClient, 'auth_type_unsupported', signIn),
]

export const connectionFields: readonly Field[] = [
  ...kept('Tells people and other systems what it is.', 'name', 'externalId'),
  ...except(carried('engine/adaptors/file-system-cases.test.ts', 'type'), {
    code: 'connection_type_unsupported',
    says: 'http and filesystem can be used.',
    elsewhere: true,
  }),
  ...refusedElsewhere(
    'invalid_ref',
    'Requests go out from this server: there are no agents, and an id of one is refused whoever saves it.',
    '_agentId',
  ),
  ...carried('engine/adaptors/http-import.test.ts', '_borrowConcurrencyFromConnectionId'),
  ...carried('engine/run-rate-limits.test.ts', 'autoRecoverRateLimitErrors'),
  {
    path: 'debugDate',
    refused: { code: unsupported, says: 'Requests and answers are not recorded yet.', asks: lies, onlySaved: true },
  },
  ...carried('http/scripts.test.ts', 'settingsForm'),
  ...carried('cases/http-export/runs.json', 'settings'),
  ...refused(unsupported, 'Files are not encrypted and decrypted yet.', 'pgp.**'),
  ...only('http', request, carried('engine/outgoing/auth.test.ts', 'ssl.ca', 'ssl.key', 'ssl.passphrase', 'ssl.cert')),
  ...carried('engine/run-rate-limits.test.ts', 'http.targetConcurrencyLevel'),
  ...carried('engine/adaptors/file-system-cases.test.ts', 'filesystem.targetConcurrencyLevel'),
  ...kept(
    'Tells clients which form people edit it in, and what it was made from.',
    'assistant',
    'http.formType',
    'http.isRest',
    'http.encryptedFields[].**',
    'http.unencryptedFields[].**',
    'http._httpConnectorId',
    'http._httpConnectorApiId',
    'http._httpConnectorVersionId',
  ),
  ...carried('cases/http-export/runs.json', 'http.unencrypted.**'),
  ...only(
    'filesystem',
    carried('engine/adaptors/file-system-cases.test.ts', 'filesystem.ping.directoryPath', 'filesystem.concurrencyLevel'),
  ),
  ...kept('The same settings in the words of the older type. What is used is http.', 'rest.**'),
  ...unusable('connections', {
    'netsuite.**': 'netsuite',
    'salesforce.**': 'salesforce',
    'as2.**': 'as2',
    'dynamodb.**': 'dynamodb',
    'ftp.**': 'ftp',
    'jdbc.**': 'jdbc',
    'mongodb.**': 'mongodb',
    'rdbms.**': 'rdbms',
    's3.**': 's3',
    'wrapper.**': 'wrapper',
    'van.**': 'van',
    'mcp.**': 'mcp',
  }),
  ...answered(
    ...documentStamps,
    '_integrationId',
    'offline',
    'aiDescription',
    'needsAuthorization',
    'isAmazonSPConnection',
    'concurrencyInfo.**',
    'rateLimit.**',
    'status',
    'lastPingAt',
    'lastPingStatus',
    'capabilities.**',
    'quotas.**',
  ),
]
