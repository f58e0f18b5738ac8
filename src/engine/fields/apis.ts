/** The fields of APIs. */
import { answered, carried, documentStamps, kept, only, refused, refusedWhere, type Described, type Field } from './field.ts'

const calls = 'cases/api/calls.json'
const forPeople = 'Tells people what it is.'

/** A wildcard takes the rest of a path, and nothing follows it. */
const isOddPath = (value: unknown): boolean => typeof value === 'string' && /\*(?!$)|[^/]\*|.{2001}/.test(value)

const request: Field[] = [
  ...carried(calls, 'builder.request.method', 'builder.request.bodySchema', 'builder.request.transform'),
  {
    ...refusedWhere(
      'builder.request.relativeURI',
      isOddPath,
      'address_unsupported',
      'A * takes the rest of a path and stands alone after its last slash, and a path has at most 2,000 characters.',
    ),
    carried: calls,
  },
  ...carried(calls, 'builder.request.queryParams[].key', 'builder.request.queryParams[].dataType'),
  ...carried(
    'http/api-test-runs.test.ts',
    'builder.request.mockRequest.body',
    'builder.request.mockRequest.headers',
    'builder.request.mockRequest.pathParams',
    'builder.request.mockRequest.queryParams',
  ),
  ...kept(
    'Tells callers what a request holds. All that it holds is read.',
    'builder.request.name',
    'builder.request.description',
    'builder.request.headers[].key',
    'builder.request.headers[].description',
    'builder.request.pathParams[].key',
    'builder.request.pathParams[].description',
    'builder.request.queryParams[].description',
  ),
]

const router = 'builder.routers[]'
const branch = `${router}.branches[]`
const step = `${branch}.pageProcessors[]`

const routers: Field[] = [
  ...carried(
    calls,
    `${router}.id`,
    `${router}.routeRecordsTo`,
    `${router}.routeRecordsUsing`,
    `${router}.script`,
    `${branch}.name`,
    `${branch}.inputFilter.version`,
    `${branch}.inputFilter.rules[]`,
    `${branch}.nextRouterId`,
    `${step}.type`,
    `${step}._exportId`,
    `${step}._importId`,
    `${step}.proceedOnFailure`,
    `${step}.responseMapping`,
    `${step}.hooks.postResponseMap`,
  ),
  ...kept(forPeople, `${router}.name`, `${branch}.description`),
]

const responses: Field[] = [
  ...carried(calls, 'builder.responseRouter.id', 'builder.responseRouter.routeRecordsUsing', 'builder.responseRouter.script'),
  ...carried(
    calls,
    'builder.responses[].id',
    'builder.responses[].name',
    'builder.responses[].inputFilter.version',
    'builder.responses[].inputFilter.rules[]',
    'builder.responses[].headers[].key',
    'builder.responses[].headers[].value',
    'builder.responses[].mappings[].generate',
    'builder.responses[].mappings[].extract',
    'builder.responses[].mappings[].hardcodedValue',
    'builder.responses[].mappings[].lookupName',
    'builder.responses[].lookups[]',
    'builder.responses[].hooks.preMap',
    'builder.responses[].hooks.postMap',
  ),
  ...carried(calls, 'builder.responses[].type'),
  {
    ...refusedWhere(
      'builder.responses[].statusCode',
      (value) => typeof value === 'number' && value < 200,
      'status_unsupported',
      'An answer has a status from 200 to 599.',
    ),
    carried: calls,
  },
  ...kept(
    'Tells callers and editors what an answer holds.',
    'builder.responses[].description',
    'builder.responses[].headers[].description',
    'builder.responses[].bodySchema',
    'builder.responses[].mockInput',
  ),
]

/** One success and one failure: without them nobody knows what to answer. */
function isIncomplete(value: unknown): boolean {
  const { request: asked, responses: given } = value as Described
  const types = Array.isArray(given) ? (given as readonly Described[]).map(({ type }) => type) : []
  return asked === undefined || (['success', 'fail'] as const).some((type) => types.filter((each) => each === type).length !== 1)
}

/** What is at fault as a whole, and no field of it. */
export const apiObstacles: readonly Field[] = [
  refusedWhere(
    'builder',
    isIncomplete,
    'api_incomplete',
    'It needs a request, exactly one response of the type success, and exactly one of the type fail.',
  ),
]

export const apiFields: readonly Field[] = [
  ...kept(forPeople, 'name', 'description'),
  ...carried(calls, 'type', 'version', 'disabled'),
  ...carried('http/groups.test.ts', '_integrationId', '_apiGroupingId'),
  ...carried(calls, '_scriptId', 'function'),
  ...only('script', carried(calls, 'script._scriptId', 'script.function')),
  ...only('builder', request, routers, responses),
  ...refused('field_unsupported', 'ShipWorks signs in to none here: callers prove who they are by an access token.', 'shipworks.**'),
  ...answered(
    ...documentStamps.filter((name) => name !== '_connectorId'),
    '_templateId',
    'sandbox',
    'apim[].apiId',
    'apim[].flowId',
    'apim[].status',
    'apim[].definitionVersion',
  ),
]
