/** An environment: a part of an account that is closed to every other. Production is made with the account and has its id. */
import { Type } from 'typebox'
import { defineResource } from '../resource.ts'
import { descriptionBounds, flag, optional, text } from '../shared/schema-helpers.ts'
import { deletedAt } from './read-only-fields.ts'

export const environment = defineResource({
  name: 'environment',
  model: 'Environment',
  collection: 'environments',
  description: 'An environment: a part of an account that is closed to every other, with documents, runs and tokens of its own.',
  body: Type.Object({
    name: text('What people call it. Need not be unique.', { minLength: 1, maxLength: 200 }),
    ...optional({ description: text('What it is for, at most 10,240 characters.', descriptionBounds) }),
  }),
  answered: optional({
    production: flag('True for the environment that the account came with.', { readOnly: true }),
    deletedAt,
  }),
  accountWide: true,
  changedBy: 'administrator',
  identity: ['_id', 'name'],
  filters: ['name'],
  projection: false,
})
