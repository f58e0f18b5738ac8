/** An API: an address of the account's own that others call, served by steps or by a script. */
import { Type } from 'typebox'
import { objectId, ref, secret } from '../kit.ts'
import { defineResource } from '../resource.ts'
import { choice, descriptionBounds, flag, list, optional, object, text } from '../shared/schema-helpers.ts'
import { request } from './api/request.ts'
import { response, responseRouter } from './api/response.ts'
import { deletedAt, lineage } from './read-only-fields.ts'
import { router } from './tool/router.ts'

const builder = object(
  'The API as steps, for type `builder`.',
  optional({
    request,
    routers: list(router, 'Where calls part ways. The first router is where they begin.'),
    responseRouter,
    responses: list(response, 'Answers that the API can give.'),
  }),
)

const script = object('The API as a function, for type `script`.', {
  _scriptId: ref('scripts', { description: 'Script that holds the function.' }),
  function: text('Name of the function to call. It gets the call and returns the answer.'),
})

const shipworks = object('Credentials that ShipWorks calls the API with.', {
  username: text('User name.'),
  password: secret({ description: 'Password.' }),
})

const product = Type.Object(
  optional({
    apiId: text('Id of the API product.'),
    flowId: text('Id of the flow behind it.'),
    status: choice(['oaspending', 'published'], 'How far publishing has come.'),
    definitionVersion: choice(['v4'], 'Version of the definition.'),
  }),
)

export const api = defineResource({
  name: 'api',
  model: 'API',
  collection: 'apis',
  description: 'An API: an address of your own that others call, served by steps or by a script.',
  body: Type.Object({
    ...optional({
      type: choice(
        ['builder', 'script'],
        'Whether steps or a script answer. The block of the same name says the rest. Absent only in older APIs, which name their function by `_scriptId` and `function`.',
      ),
      _scriptId: ref('scripts', { description: 'Script that holds the function, for an API without a type.' }),
      function: text('Name of the function to call, for an API without a type.'),
      name: text('What people call it, at most 200 characters. Need not be unique.', { minLength: 1, maxLength: 200 }),
      description: text('What it does, at most 10,240 characters.', descriptionBounds),
      version: text('Version of the API, a part of its address.', { default: 'v1', pattern: '^[a-zA-Z0-9\\-_\\.]+$' }),
      disabled: flag('True answers no calls.', { default: false }),
      _integrationId: ref('integrations', { description: 'Integration that the API belongs to. It stands alone where this is absent.' }),
      _apiGroupingId: objectId({ description: 'Group of the integration that the API is in, one of its `apiGroupings`.' }),
      script,
      builder,
      shipworks,
    }),
  }),
  answered: {
    ...lineage,
    ...optional({
      _userId: objectId({ readOnly: true, description: 'User who made the API.' }),
      sandbox: flag('True for an API of the sandbox environment. Out of use.', { readOnly: true, deprecated: true }),
      apim: list(product, 'API products that the API is published in.', { readOnly: true }),
      deletedAt,
    }),
  },
  ignorable: ['name', 'description', 'version', 'disabled'],
  identity: ['_id', 'name'],
  filters: ['_integrationId', '_apiGroupingId', 'type', '_sourceId', 'name'],
})
