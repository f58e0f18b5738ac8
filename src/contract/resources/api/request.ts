/** What an API takes: its path and method, and what a call to it holds. */
import { Type } from 'typebox'
import { link } from '../../kit.ts'
import type { ScriptFunction } from '../../shared/script-function.ts'
import { choice, anyObject, list, optional, object, text } from '../../shared/schema-helpers.ts'

export const about = (what: string) => text(`${what}, at most 10,240 characters.`, { maxLength: 10_240 })
export const label = (what: string) => text(`${what}, at most 200 characters.`, { maxLength: 200 })
/** Names of headers are plain words; a name longer than this is a mistake. */
export const headerKey = text('Name of the header.', { maxLength: 256, pattern: '^[a-zA-Z0-9_-]+$' })

const header = Type.Object(optional({ key: headerKey, description: about('What the header is for') }))
const pathParam = Type.Object(
  optional({
    key: text('Name of the parameter, as the path spells it.', { maxLength: 256 }),
    description: about('What the parameter is for'),
  }),
)
const queryParam = Type.Object(
  optional({
    key: text('Name of the parameter.', { maxLength: 256, pattern: '^[a-zA-Z0-9_\\-:\\/]*$' }),
    dataType: choice(['string', 'number', 'boolean'], 'What its value is read as.'),
    description: about('What the parameter is for'),
  }),
)

export const request = object('What a call to the API holds.', {
  relativeURI: text('Path of the API, from `/`. A segment that begins with `:` is a parameter.', {
    maxLength: 131_072,
    pattern: '^\\/[a-zA-Z0-9:_*\\/\\-\\.]*$',
  }),
  method: choice(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], 'Method of the API.'),
  ...optional({
    name: label('What people call the request'),
    description: about('What a caller has to know'),
    headers: list(header, 'Headers that are read.'),
    pathParams: list(pathParam, 'Parameters of the path.'),
    queryParams: list(queryParam, 'Parameters of the query string.'),
    bodySchema: anyObject('JSON Schema of the body.'),
    mockRequest: object(
      'An example of a call, for trying the API out.',
      optional({
        body: anyObject('The body.'),
        headers: anyObject('The headers, by name.'),
        pathParams: anyObject('The parameters of the path, by name.'),
        queryParams: anyObject('The parameters of the query string, by name.'),
      }),
    ),
    transform: link<ScriptFunction>('ScriptFunction', {
      description: 'A function that reshapes the call before the first router gets it.',
    }),
  }),
})
