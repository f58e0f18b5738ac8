/** A script: JavaScript of the account's own that hooks, filters, transforms and forms call. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../kit.ts'
import { defineResource } from '../resource.ts'
import { flag, optional, text } from '../shared/schema-helpers.ts'

/** A script is compiled whole in each sandbox; a megabyte is some 25,000 lines. */
const maxCharacters = 1_000_000

export const script = defineResource({
  name: 'script',
  model: 'Script',
  collection: 'scripts',
  description: 'A script: JavaScript functions of your own that hooks, filters, transforms and forms call.',
  body: Type.Object({
    name: text('What people call it, at most 100 characters.', { minLength: 1, maxLength: 100 }),
    content: text('The source text: plain JavaScript, its functions at the top level. At most 1,000,000 characters.', {
      maxLength: maxCharacters,
    }),
    ...optional({
      description: text('What it does, at most 1,024 characters.', { maxLength: 1024 }),
      sandbox: flag('True for a script of the sandbox environment. Out of use.', { deprecated: true }),
      postResponseHookToProcessOnChildRecord: flag(
        'True calls its `postResponseMap` functions with the child records of a one-to-many import, and not with their parents.',
        {
          default: false,
        },
      ),
    }),
  }),
  answered: optional({
    debugUntil: dateTime({ readOnly: true, description: 'What the script logs is kept until this time, in UTC.' }),
    _sourceId: objectId({ readOnly: true, description: 'Script that this one was cloned from. It may be gone.' }),
    _authorIntegrationIds: Type.Array(objectId(), {
      readOnly: true,
      'x-cloned': true,
      'x-sluice-extension': true,
      description:
        'The integrations that its author manages, where these are not the whole account: it reaches no others, whoever calls it. It is absent once its text comes from somebody who manages the account.',
    }),
  }),
  ignorable: ['name', 'description', 'content'],
  keptWhileInstalled: true,
  identity: ['_id', 'name'],
  filters: ['_sourceId', 'name'],
  listOmits: ['content'],
})
