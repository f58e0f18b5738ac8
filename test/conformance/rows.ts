/**
 * What is documented of each operation, and the tests that show it. A status or a sentence first, then full names of tests. Statuses 401 and 404
 * of every operation are shown by test/http/operations.test.ts, and stand here only where more is to be said.
 */
import { of, type Rows } from './row.ts'
import { lists } from './rows-of-lists.ts'
import { apps, lifecycle } from './rows-of-lifecycle.ts'

const documents = of('documents')
const ok = (name: string): string[] => documents(`integrations > 200, 201 and 204 > ${name}`)
const projection = of('projection')
const integrations = of('integrations')
const patch = (name: string): string[] => integrations(`a patch > ${name}`)

const ofDocuments: Rows = {
  createIntegration: {
    '201': ok('create answers 201 with the document and its stamps'),
    '422': documents('integrations > 422 > create and replace refuse values of the wrong kind, all of them at once'),
    'Times with an offset are stored in UTC': of('one-spelling')('times with an offset > are stored in UTC: 2026-03-01T12:00:00+02:00'),
    'A name is required': documents('integrations > 422 > create and replace refuse a body without what it needs, and name the field'),
  },
  listIntegrations: {
    '200': ok('list answers 200 with the documents, oldest first'),
    '204': documents('an account without integrations > lists them as 204 without a body'),
    'A Link header leads to the next page, and is absent on the last': of('paging')(
      'pages > of 5: the links lead through every document once and in order, and end',
      'pages > a list that fits one page has no Link header',
    ),
    '`include` answers the identity fields and the listed ones; those a record lacks are dropped': projection(
      'integrations > include answers the identity fields and the listed ones, nothing else',
      'integrations > include drops fields that a record does not have without a word',
    ),
    'A listed part that the record does not carry is dropped with its parent': projection(
      'dots > include leaves no empty shell where a record has the parent and not what is asked of it',
    ),
    'Dots in `include` reach into objects': projection('dots > include reaches into objects and answers that part alone'),
    '`exclude` answers the rest of the record': projection('integrations > exclude answers the whole record without the listed fields'),
    '`exclude` cannot strip identity fields': projection('integrations > exclude cannot strip identity fields'),
    'Empty `include` and `exclude` are ignored': projection('integrations > an empty "include=" is ignored: the full record is answered'),
    '`include` and `exclude` together are 400 `invalid_query_params`': projection(
      'integrations > both are 400 with the documented message',
    ),
    'Other characters in them are 400 `invalid_query_params`': projection('integrations > any other character is 400: a-b'),
    'Digits are taken': projection('dots > digits and underscores are taken'),
    'Brackets are not supported (400 here, and never 500)': projection('integrations > array syntax is 400: include[]=name'),
    'By id `include` is ignored': projection('integrations > on GET by id "include=name" is ignored'),
    'EDI profiles, environments, iClients, lookup caches and tags refuse both': of('more-resources')(
      ...['ediprofiles', 'environments', 'iClients', 'lookupcaches', 'tags'].map(
        (path) => `lists that refuse include and exclude > ${path}: 400 with the documented message`,
      ),
    ),
    '`?_sourceId=` lists the clones of an integration': of('clones')(
      'a clone within the environment > can be cloned again, and each knows its source',
    ),
  },
  getIntegration: {
    '200': ok('read answers 200 with what create answered'),
    'An id in upper case is the same id': of('one-spelling')('ids in upper case > name the document in paths of every type'),
    'Another method is 405 with `Allow`': of('wire')('targets > that have other methods are 405, and Allow names these'),
  },
  updateIntegration: {
    '200': ok('replace answers 200, erases fields that are left out, and keeps the id and when it was made'),
    'System-assigned fields such as `_sourceId` are kept, whatever a client says of them': of('system-fields')(
      'integrations > a replacement keeps them, left out or sent as others',
      'integrations > a clone stays one whatever is put in its place, and nobody enters a family by saying so',
    ),
    'An unknown id is 404 whatever the body holds, as it is at every operation': of('bodies')(
      'is not looked at > where its document is not there: updateIntegration is 404 before it is 400, 415 or 422',
    ),
    'Fields that only the server sets stay': ok('replace keeps the fields that only the server sets, and a client cannot set them'),
  },
  patchIntegration: {
    '204': patch('204 > /settings is replaced as a whole, without a body'),
    '404': patch('404 > of an integration that is not there, is of another account, or is none'),
    '422': patch('422, and nothing changes > settings that are no object'),
    'Only `replace` is supported': patch('422, and nothing changes > add'),
    'Flow groups, API groups and `iLMIgnore` can be replaced too': integrations(
      'a patch > 204 > /flowGroupings is replaced as a whole, without a body',
      'a patch > 204 > /apiGroupings is replaced as a whole, without a body',
      'a patch > 204 > /iLMIgnore is replaced as a whole, without a body',
    ),
    'In `iLMIgnore` what is not in the catalogue is refused': of('groups')(
      'fields to ignore > are refused, and nothing is stored: an unknown type',
      'fields to ignore > are refused, and nothing is stored: an unknown field',
    ),
    'A group that is left out leaves no flow behind in it': of('groups')(
      'a removed group of flows > PATCH: its members leave it and are modified by that; those of others stay where they are',
    ),
    'Other paths are refused with `<path> is not a whitelisted property`': patch(
      '422, and nothing changes > the path "/name": "<path> is not a whitelisted property"',
    ),
  },
  deleteIntegration: {
    '204': ok('delete answers 204 without a body; the document is gone for reads, lists, replacements and a second delete'),
    'Its flows, exports and imports go with it': integrations(
      'deleting one > takes its flows, and the exports and imports that nothing else uses; connections and scripts stay',
    ),
    'It stays in the recycle bin for 30 days': of('recycle-bin')(
      'restoring > an integration brings back all that went with it, as it was',
      'after 30 days > a deleted document is purged with what it leaves behind, and a younger one is not',
    ),
  },
  listIntegrationErrors: {
    '200': integrations(
      'errors of the flows > 200 with an entry for every flow as long as any has one; lastErrorAt only where one is open',
    ),
    '204': integrations('errors of the flows > 204 where no flow has an open error, and where there is no flow'),
    '400': integrations('errors of the flows > 400 for an id that cannot be decoded'),
    '404': integrations('errors of the flows > 404 for an integration that is not there'),
    'Flows without an open error appear too': integrations(
      'errors of the flows > 200 with an entry for every flow as long as any has one; lastErrorAt only where one is open',
    ),
  },
}

export const rows: Rows = { ...ofDocuments, ...lists, ...lifecycle, ...apps }
