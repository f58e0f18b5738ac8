/** A lookup cache: a table of keys and values that mappings look in. This is the cache itself; its entries have operations of their own. */
import { Type } from 'typebox'
import { objectId, ref } from '../kit.ts'
import { defineResource } from '../resource.ts'
import { flag, integer, optional, text } from '../shared/schema-helpers.ts'
import { deletedAt } from './read-only-fields.ts'

export const lookupCache = defineResource({
  name: 'lookupCache',
  model: 'LookupCache',
  collection: 'lookupcaches',
  description:
    'A lookup cache: a table of keys and values that mappings look in. Its entries are written and read by operations of their own.',
  body: Type.Object({
    name: text('What people call it, at most 200 characters.', { minLength: 1, maxLength: 200 }),
    ...optional({
      description: text('What it holds, at most 10,240 characters.', { maxLength: 10_240 }),
      includeDataInTemplatesAndCloning: flag('True takes the entries along into clones and templates, false the empty cache.', {
        default: false,
      }),
      externalId: text('Name of your own for it, under which other systems know it.'),
      _integrationId: ref('integrations', { description: 'Integration that the cache belongs to. Every flow can use it all the same.' }),
    }),
  }),
  answered: optional({
    _userId: objectId({ readOnly: true, description: 'User who made the cache.' }),
    _connectorId: ref('connectors', { readOnly: true, description: 'Integration App that the cache comes from.' }),
    _templateId: objectId({ readOnly: true, description: 'Template that the cache was made from. It may be gone.' }),
    _sourceId: objectId({ readOnly: true, description: 'Lookup cache that this one was cloned from. It may be gone.' }),
    size: integer('Bytes of its keys and of its values as JSON. Changes with the entries, without a new `lastModified`.', {
      minimum: 0,
      readOnly: true,
    }),
    sizeInMB: text('The size, rounded up to 5 MB: `0 MB`, `<5 MB`, `5 MB` to `50 MB`.', { readOnly: true }),
    sandbox: flag('True for a cache of the sandbox environment. Out of use.', { readOnly: true, deprecated: true }),
    deletedAt,
  }),
  ignorable: ['name', 'description', 'externalId', 'includeDataInTemplatesAndCloning'],
  identity: ['_id', 'name'],
  filters: ['_integrationId', '_sourceId', '_connectorId', 'externalId', 'name'],
  projection: false,
})
