/** A template: an integration that others can install a copy of, and how it is presented. */
import { Type } from 'typebox'
import { objectId, ref } from '../kit.ts'
import { defineResource } from '../resource.ts'
import { descriptionBounds, flag, optional, nameBounds, text, texts } from '../shared/schema-helpers.ts'
import { deletedAt } from './read-only-fields.ts'

export const template = defineResource({
  name: 'template',
  model: 'Template',
  collection: 'templates',
  description: 'A template: an integration that others can install a copy of, and how it is presented.',
  body: Type.Object({
    name: text('What people call it, at most 200 characters. Need not be unique.', nameBounds),
    ...optional({
      description: text('What the integration does for those who install it, at most 10,240 characters.', descriptionBounds),
      imageURL: text('Address of a picture to show.'),
      websiteURL: text('Address of a page that tells more.'),
      contactEmail: text('Where questions about it go.'),
      published: flag('True offers it to others.'),
      applications: texts('Names of the applications that it connects.'),
      _integrationId: ref('integrations', { description: 'Integration that copies are made of.' }),
    }),
  }),
  answered: optional({
    _userId: objectId({ readOnly: true, description: 'User who made the template.' }),
    deletedAt,
  }),
  identity: ['_id', 'name'],
  filters: ['_integrationId', 'published', 'name'],
})
