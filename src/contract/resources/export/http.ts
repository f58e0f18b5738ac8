/** Exports over HTTP: the request, and how its answer is read. */
import { objectId, ref } from '../../kit.ts'
import { choice, flag, mistakenNames, optional, object, text, texts } from '../../shared/schema-helpers.ts'
import { blobFormats, headers } from '../step.ts'
import { paging } from './http-paging.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

const once = object(
  'Request that marks a record as fetched, for exports of type `once`.',
  optional({
    relativeURI: text('Where it goes, after the base URI. Handlebars.'),
    method: choice(methods, 'Its method.'),
    body: text('Its body. Handlebars.'),
  }),
)

const response = object(
  'How answers are read.',
  optional({
    resourcePath: text(
      'Path of the records in the answer; the answer itself where it is absent. A path that is not there means no records.',
    ),
    resourceIdPath: text('Path of the id in a record.'),
    successPath: text('Path in the answer that shows success, for applications whose status does not tell.'),
    successValues: texts('Values at that path that mean success; any value does where it is absent.'),
    errorPath: text('Path of the message in an answer that means failure.'),
    failPath: text('Path in the answer that shows failure, whatever the status.'),
    failValues: texts('Values at that path that mean failure; any value does where it is absent.'),
    allowArrayforSuccessPath: flag('True takes a list at `successPath` for success, an empty one too.'),
    twoDArray: object(
      'How an answer that is a list of lists becomes records.',
      optional({
        hasHeader: flag('True where the first list holds the names of the fields.'),
        doNotNormalize: flag('True leaves the lists as they are.'),
      }),
    ),
    blobFormat: choice(blobFormats, 'How the content of a file is encoded, for type `blob`.'),
  }),
)

export const http = object(
  'The request of an export over HTTP.',
  optional({
    type: choice(
      ['file', 'blob', 'csvstream'],
      'Whether the answer is a file to read records from, a file to pass on, or a stream of CSV. Records where it is absent.',
    ),
    method: choice(methods, 'Method of the request. `GET` where it is absent.'),
    relativeURI: text('Where the request goes, after the base URI. Handlebars; a lookup has the record in scope.'),
    headers,
    requestMediaType: choice(
      ['json', 'xml', 'urlencoded', 'form-data', 'plaintext'],
      'How the body is written. What the connection says by default.',
    ),
    body: text('Body of the request. Handlebars.'),
    successMediaType: choice(['json', 'xml', 'csv', 'plaintext'], 'How answers are read. What the connection says by default.'),
    errorMediaType: choice(['json', 'xml', 'plaintext'], 'How answers that mean failure are read. What the connection says by default.'),
    _asyncHelperId: ref('asynchelpers', {
      description: 'Helper for applications that take a request, work on it, and hand out the result later.',
    }),
    once,
    paging,
    response,
    formType: choice(
      ['assistant', 'rest', 'http', 'graph_ql', 'assistant_graphql'],
      'Form that people edit the export in. Changes nothing else.',
    ),
    isRest: flag('True for an export that was once of type `RESTExport`.'),
    sendAuthForFileDownloads: flag(
      'True downloads files with the credentials of the connection or not at all: one at another origin is refused. At the origin of the connection they are sent in any case.',
    ),
    _httpConnectorVersionId: objectId({ readOnly: true, description: 'Version of the prepared connector that the export was made from.' }),
    _httpConnectorResourceId: objectId({ readOnly: true, description: 'Resource of the prepared connector.' }),
    _httpConnectorEndpointId: objectId({ readOnly: true, description: 'Endpoint of the prepared connector.' }),
  }),
  mistakenNames('relativeURI', 'url', 'URL', 'uri', 'URI', 'relativeUri', 'relativeUrl', 'relativeURL'),
)
