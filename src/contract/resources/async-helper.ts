/** An async helper: how to work with an application that takes a request, works on it, and hands out the result later. */
import { Type } from 'typebox'
import { link, ref } from '../kit.ts'
import { defineResource } from '../resource.ts'
import type { Transform } from '../shared/transform.ts'
import { flag, integer, optional, nameBounds, object, text, texts } from '../shared/schema-helpers.ts'
import { deletedAt, lineage } from './read-only-fields.ts'

/** Milliseconds: an hour at the most, since the work has two. */
const waits = { minimum: 100, maximum: 3_600_000 }

const http = object(
  'The three requests.',
  optional({
    submit: object(
      'What the answer to the first request says about the work.',
      optional({
        sameAsStatus: flag('True where that answer has the form of the answers to `status`.'),
        resourcePath: text('Path in the answer to the part that tells of the work.'),
        transform: link<Transform>('Transform', { description: 'Reshapes the answer, before `status` reads it.' }),
      }),
    ),
    status: object(
      'How to ask whether the work is done.',
      optional({
        _exportId: ref('exports', { description: 'Export that asks.' }),
        statusPath: text('Path in its answer to the status.'),
        inProgressValues: texts('Values of the status that mean: ask again later.'),
        doneValues: texts('Values of the status that mean: fetch the result.'),
        initialWaitTime: integer('Milliseconds before the first question. 10,000 where it is absent.', waits),
        pollWaitTime: integer('Milliseconds between two questions. 10,000 where it is absent.', waits),
      }),
    ),
    result: object('How to fetch the result.', optional({ _exportId: ref('exports', { description: 'Export that fetches it.' }) })),
  }),
)

export const asyncHelper = defineResource({
  name: 'asyncHelper',
  model: 'AsyncHelper',
  collection: 'asynchelpers',
  description: 'An async helper: how to submit work to an application, ask whether it is done, and fetch the result.',
  body: Type.Object({
    name: text('What people call it, at most 200 characters. Need not be unique.', nameBounds),
    ...optional({
      _integrationId: ref('integrations', { description: 'Integration that the helper belongs to.' }),
      http,
    }),
  }),
  answered: { ...lineage, ...optional({ deletedAt }) },
  ignorable: ['name', 'http.status.inProgressValues', 'http.status.doneValues'],
  identity: ['_id', 'name'],
  filters: ['_integrationId', '_sourceId', 'name'],
})
