/** Imports over HTTP: one request a record, or one for several; where a record may be there already, one request to create and one to update. */
import { Type } from 'typebox'
import { link, objectId, ref } from '../../kit.ts'
import type { Lookup } from '../../shared/lookup.ts'
import { choice, flag, mistakenNames, integer, list, optional, object, text, texts } from '../../shared/schema-helpers.ts'
import { blobFormats, headers } from '../step.ts'

const perRequest = 'One for each request, in the order of `requestType`.'
const pathPerRequest = (what: string) => texts(`Path in the answer of ${what}. ${perRequest}`)
const valuesPerRequest = (what: string) => list(Type.Array(Type.String()), `Values at that path that mean ${what}. ${perRequest}`)

const response = object(
  'How answers are read.',
  optional({
    resourcePath: pathPerRequest('the records'),
    resourceIdPath: pathPerRequest('the id of the record'),
    successPath: pathPerRequest('what shows success, for applications whose status does not tell'),
    successValues: valuesPerRequest('success'),
    failPath: pathPerRequest('what shows failure, whatever the status'),
    failValues: valuesPerRequest('failure'),
    errorPath: text('Path of the message in an answer that means failure.'),
    allowArrayforSuccessPath: flag('True takes a list at `successPath` for success, an empty one too.'),
    hasHeader: flag('True where the first row of a CSV answer holds the names of the columns.'),
  }),
)

const existing = optional({
  existingExtract: text('Path in the record whose value, where there is one, means that the application already has it.'),
  existingLookupName: text('Lookup that finds out whether the application already has the record.'),
  ignoreExtract: text('Path in the record whose value, where there is one, leaves the record out.'),
  ignoreLookupName: text('Lookup whose result, where there is one, leaves the record out.'),
})

const catalogue = optional({
  _httpConnectorVersionId: objectId({ readOnly: true, description: 'Version of the prepared connector that the import was made from.' }),
  _httpConnectorResourceId: objectId({ readOnly: true, description: 'Resource of the prepared connector.' }),
  _httpConnectorEndpointId: objectId({ readOnly: true, description: 'Endpoint of the prepared connector.' }),
  _httpConnectorEndpointIds: list(objectId({ readOnly: true }), 'Endpoints of the prepared connector, one for each request.', {
    readOnly: true,
  }),
})

export const http = object(
  'The requests of an import over HTTP. Lists hold one entry for each kind of request.',
  {
    ...optional({
      relativeURI: texts(`Where the request goes, after the base URI. Handlebars. ${perRequest}`),
      method: list(Type.Enum(['GET', 'PUT', 'POST', 'PATCH', 'DELETE'], { type: 'string' }), `Method of the request. ${perRequest}`),
      body: texts(`Body of the request; the mapped record where it is absent. Handlebars. ${perRequest}`),
      requestType: list(Type.Enum(['CREATE', 'UPDATE'], { type: 'string' }), 'What each request is for, where there are two.'),
      headers,
      requestMediaType: choice(
        ['xml', 'json', 'csv', 'urlencoded', 'form-data', 'octet-stream', 'plaintext'],
        'How the body is written. What the connection says by default.',
      ),
      successMediaType: choice(['xml', 'json', 'plaintext'], 'How answers are read. What the connection says by default.'),
      errorMediaType: choice(['xml', 'json', 'plaintext'], 'How answers that mean failure are read. What the connection says by default.'),
      batchSize: integer('Records in one request. 1 where it is absent.', { minimum: 1 }),
      endPointBodyLimit: integer('Bytes that the body of a request may have; a batch that is larger is sent in parts.', { minimum: 1 }),
      ignoreEmptyNodes: flag('True leaves empty fields out of the body.'),
      sendPostMappedData: flag('True gives templates the mapped record, false the record as it came.', { default: true }),
      strictHandlebarEvaluation: flag('True fails a record whose template names what is not there.'),
      type: choice(['file', 'records'], 'Whether files or records are sent.'),
      blobFormat: choice(blobFormats, 'How the content of a file is encoded.'),
      _asyncHelperId: ref('asynchelpers', {
        description: 'Helper for applications that take a request, work on it, and hand out the result later.',
      }),
      response,
    }),
    ...existing,
    ...optional({
      lookups: list(link<Lookup>('Lookup'), 'Lookups that templates and the fields above name.'),
      formType: choice(
        ['assistant', 'http', 'rest', 'graph_ql', 'assistant_graphql'],
        'Form that people edit the import in. Changes nothing else.',
      ),
      isRest: flag('True for an import that was once of the older type for REST.'),
    }),
    ...catalogue,
  },
  mistakenNames('relativeURI', 'url', 'URL', 'uri', 'URI', 'relativeUri', 'relativeUrl', 'relativeURL'),
)
