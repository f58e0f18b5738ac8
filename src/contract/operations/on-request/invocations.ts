/** Exports and imports on request: stored ones, and virtual ones that are sent along and not stored. No flow, no job. */
import { Type } from 'typebox'
import { dateTime, objectId, open, ref } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { flag, anyObject, list, optional, text } from '../../shared/schema-helpers.ts'

/** Records that one request may import or map. */
const maxRecords = 1000

const paramsOf = (what: string) => Type.Object({ _id: objectId({ description: `Id of the ${what}.` }) })

const record = Type.Unsafe<Record<string, unknown> | unknown[]>({ type: ['object', 'array'], description: 'A record.' })
const records = (description: string) => list(record, description, { maxItems: maxRecords })
const oneOrMore = Type.Unsafe<Record<string, unknown> | unknown[]>({
  anyOf: [
    { type: 'object', additionalProperties: true },
    { type: 'array', items: { type: ['object', 'array'] }, maxItems: maxRecords },
  ],
  description: `The record, or the records, at most ${maxRecords.toLocaleString('en')}.`,
})
const settings = anyObject('Takes the place of the `settings` of the document.')

const failure = Type.Object({
  code: text('Status that the application answered, or a word.'),
  message: text('What it said, or what went wrong.'),
  source: text('Where the failure comes from, as in the errors of flows.'),
})

const asExport = optional({
  data: Type.Unsafe<Record<string, unknown> | unknown[]>({
    type: ['object', 'array'],
    description: 'Makes the export a lookup: the record that it is asked with. Templates see it as `data` and `record`.',
  }),
  settings,
  postData: Type.Object(
    optional({
      lastExportDateTime: dateTime({
        description: 'What templates see as `lastExportDateTime`. The start date of the export by default.',
      }),
      currentExportDateTime: dateTime({ description: 'What templates see as `currentExportDateTime`. Now by default.' }),
    }),
    { description: 'Which changes an export of type `delta` fetches.' },
  ),
  pagedExportState: open({}, { description: 'As the answer before had it: goes on after that page. Not together with `data`.' }),
})

const exported = Type.Object({
  data: list(Type.Unknown({ description: 'A record.' }), 'The records, after transform, filter and preSavePage.'),
  dataURIs: list(
    Type.Unsafe<string | null>({ type: ['string', 'null'], description: 'Address of the record in its application.' }),
    'One for each record; null where the export has no `dataURITemplate`.',
  ),
  ...optional({
    errors: list(failure, 'Of records that failed on the way. These are not in `data`.'),
    pagedExportState: Type.Object(
      {
        pageIndex: Type.Integer({ minimum: 0, description: 'Place of the next page, from 0.' }),
        done: flag('False: there is more.'),
        state: text('Where the next page begins. Sealed.'),
      },
      { description: 'Send it back with the same export for what follows. Absent after the last page.' },
    ),
  }),
})

const imported = list(
  Type.Object({
    statusCode: Type.Integer({ description: '200, 422 where the record failed, 401 where the connection is offline.' }),
    ...optional({
      id: Type.Unknown({ description: 'Id of the record in the application.' }),
      ignored: flag('True for a record that the filter, a hook or the import left out.'),
      errors: list(failure, 'What is wrong with the record.'),
      _json: Type.Unknown({ description: 'What the application answered. Left out of an answer of more than 5 MB.' }),
    }),
  }),
  'One for each record, in order.',
)

const bounded =
  'As many pages as one answer holds: it ends after the page with the 1,000th record, the 2nd MB or the 30th second, and at the 50th page.'
const unmoved = 'Nothing is marked as exported, and no delta moves.'
const sends =
  'Filter, preMap, mapping, postMap, request, postSubmit, a page of 20 records at a time. Records whose turn has not come after 30 s are not sent.'
const shaped = 'name, adaptorType and _connectionId may be left out'

const ofExport = ['not_found', 'invalid_field', 'export_failed', 'license_expired', 'too_many_at_once'] as const
const ofImport = ['not_found', 'missing_required_field', 'invalid_field', 'import_failed', 'license_expired', 'too_many_at_once'] as const
const ofVirtual = ['missing_required_field', 'invalid_ref', 'access_denied'] as const

const over = {
  tag: 'connections',
  method: 'POST',
  params: paramsOf('connection'),
  access: 'manage',
  extent: 'environment',
  status: 200,
} as const
const virtualExport = Type.Object({
  export: anyObject(`An export, as it would be stored; ${shaped}.`),
  ...asExport,
})
const virtualImport = Type.Object({
  import: anyObject(`An import, as it would be stored; ${shaped}.`),
  ...optional({ data: oneOrMore, settings }),
})
const mappedImport = Type.Object({
  ...virtualImport.properties,
  ...optional({
    _flowId: ref('flows', {
      'x-sluice-extension': true,
      description: 'A flow that the import is used in: the mapping sees its settings and those of its integration. An addition of Sluice.',
    }),
  }),
})

export const invocations = {
  invokeExport: {
    reads: true,
    tag: 'exports',
    method: 'POST',
    path: '/v1/exports/:_id/invoke',
    summary: 'Invoke an export',
    description: `Fetches records and answers them, without a job. ${bounded} ${unmoved} A request that fails is not sent again.`,
    params: paramsOf('export'),
    access: 'manage',
    extent: 'environment',
    body: Type.Object(asExport),
    optionalBody: true,
    status: 200,
    result: exported,
    errors: ofExport,
  },
  invokeImport: {
    tag: 'imports',
    method: 'POST',
    path: '/v1/imports/:_id/invoke',
    summary: 'Invoke an import',
    description: `Imports these records and answers what became of each, without a job. ${sends}`,
    params: paramsOf('import'),
    access: 'manage',
    extent: 'environment',
    body: Type.Unsafe<{ data: Record<string, unknown> | unknown[]; settings?: Record<string, unknown> } | unknown[]>({
      anyOf: [Type.Object({ data: oneOrMore, ...optional({ settings }) }), { ...records('The records alone.'), properties: {} }],
    }),
    status: 200,
    result: imported,
    errors: ofImport,
  },
  exportOverConnection: {
    reads: true,
    ...over,
    path: '/v1/connections/:_id/export',
    summary: 'Run a virtual export',
    description: `Fetches records as the export that is sent along says, over this connection. Nothing is stored. ${bounded}`,
    body: virtualExport,
    result: exported,
    errors: [...ofExport, ...ofVirtual],
  },
  exportPageOverConnection: {
    reads: true,
    ...over,
    path: '/v1/connections/:_id/export/pages',
    summary: 'Run a virtual export, page by page',
    description: 'The same, one page in an answer: of `pageSize` records, 20 by default.',
    body: virtualExport,
    result: exported,
    errors: [...ofExport, ...ofVirtual],
  },
  importOverConnection: {
    ...over,
    path: '/v1/connections/:_id/import',
    summary: 'Run a virtual import',
    description: `Imports these records as the import that is sent along says, over this connection. Nothing is stored. ${sends}`,
    body: virtualImport,
    result: imported,
    errors: [...ofImport, ...ofVirtual],
  },
  mapOverConnection: {
    reads: true,
    ...over,
    path: '/v1/connections/:_id/import/map',
    summary: 'Map records by a virtual import',
    description: 'The mapping of the import that is sent along, and nothing else of it. Nothing is sent or stored.',
    body: mappedImport,
    result: list(
      Type.Unknown({ description: 'The record as it would be sent, or `{errors}` where the mapping fails.' }),
      'One for each record, in order.',
    ),
    errors: [...ofImport, ...ofVirtual],
  },
} as const satisfies Record<string, Operation>
