/** Connections that whoever calls a tool puts in the place of those of its steps. */
import { Type } from 'typebox'
import { ref } from '../kit.ts'
import { list, object, optional } from './schema-helpers.ts'

/** Connections that one caller replaces. */
const maxConnections = 100

export const connectionOverrides = object(
  'What the caller says anew of the tool.',
  optional({
    connections: list(
      Type.Object({
        _abstractId: ref('connections', { description: 'Connection that steps of the tool name.' }),
        _id: ref('connections', { description: 'Connection that they go over instead.' }),
      }),
      'Connections that others take the place of.',
      { maxItems: maxConnections },
    ),
  }),
)
