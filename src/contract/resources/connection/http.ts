/** Connections over HTTP: where requests go, how they are written, and how often they may be sent. */
import { objectId, ref, secret } from '../../kit.ts'
import { choice, flag, anyObject, list, optional, requireIf, nullableText, object, text, texts } from '../../shared/schema-helpers.ts'
import { auth } from './http-auth.ts'
import { concurrency, encrypted, encryptedFields, rateLimit, unencryptedFields, wholeHeader } from './parts.ts'

const ping = object(
  'A request that shows whether the connection works.',
  optional({
    relativeURI: nullableText('Where it goes, after the base URI. Handlebars.'),
    method: choice(['GET', 'POST', 'PUT', 'HEAD'], 'Its method.', { default: 'GET' }),
    body: text('Its body. Handlebars.'),
    successPath: text('Path in the answer that shows success. Any answer with a status below 400 does where it is absent.'),
    successValues: texts('Values at that path that mean success; any value does where it is absent.'),
    allowArrayforSuccessPath: flag('True takes a list at that path for success, an empty one too.'),
    failPath: text('Path in the answer that shows failure, whatever the status.'),
    failValues: texts('Values at that path that mean failure; any value does where it is absent.'),
    errorPath: text('Path of the message in an answer that means failure.'),
  }),
)

const clientCertificates = object(
  'Certificate that this side shows to the application.',
  optional({
    cert: text('The certificate, in PEM.'),
    key: secret({ description: 'Its private key, in PEM.' }),
    ca: text('Certificate of the authority to trust, in PEM.'),
    passphrase: secret({ description: 'Opens the private key or the PFX file.' }),
    pfx: secret({ description: 'Certificate and key in one PFX file, in Base64.' }),
  }),
)

const amazon = ['Amazon-SP-API', 'Amazon-Hybrid', 'vendor_central'] as const

export const http = object(
  'A connection over HTTP. Required for type `http`.',
  {
    mediaType: choice(
      ['xml', 'json', 'urlencoded', 'form-data', 'plaintext'],
      'How request bodies are written, where an export or import says nothing else.',
    ),
    baseURI: text('Beginning of every address. Handlebars, with `connection` in scope.'),
    ...optional({
      successMediaType: choice(['xml', 'csv', 'json', 'plaintext'], 'How answers are read. `mediaType` by default.'),
      errorMediaType: choice(['xml', 'json', 'plaintext'], 'How answers that mean failure are read. `mediaType` by default.'),
      disableStrictSSL: flag('True accepts certificates that cannot be verified.', { default: false }),
    }),
    ...concurrency(25),
    ...optional({
      retryHeader: text('Header in which the application says how many seconds to wait.', { default: 'Retry-After' }),
      formType: choice(
        ['assistant', 'rest', 'http', 'graph_ql', 'assistant_graphql'],
        'Form that people edit the connection in. Changes nothing else.',
      ),
      type: choice(amazon, 'Kind of Amazon seller or vendor API, for these connections only.'),
      clientCertificates,
      ping,
      auth,
      rateLimit,
      headers: list(wholeHeader, 'Headers of every request. Those of an export or import go before them.'),
      encrypted,
      encryptedFields,
      unencrypted: anyObject('Values of your own that are no secret, such as an account name. Templates read them.', {
        properties: optional({
          marketplaceId: text('Marketplace, for Amazon connections.'),
          sellingRegion: text('Region of the seller, for Amazon connections.'),
        }),
      }),
      unencryptedFields,
      _iClientId: ref('iclients', { description: 'Client document that holds the OAuth client.' }),
      _httpConnectorId: objectId({ description: 'Prepared connector, of a catalogue that is not of this account.' }),
      _httpConnectorApiId: objectId({ description: 'API of the prepared connector.' }),
      _httpConnectorVersionId: objectId({ description: 'Version of the prepared connector.' }),
      isRest: flag('True for a connection that was once of type `rest`.'),
      useNewAuthFailSchema: flag('True reads failed authentication from `auth.failures` instead of the single fields beside it.'),
    }),
  },
  requireIf({
    field: 'type',
    is: amazon,
    need: ['unencrypted'],
    also: { properties: { unencrypted: { required: ['marketplaceId', 'sellingRegion'] } } },
  }),
)
