/** What a flow that follows a pattern may say for itself. */
import { Type } from 'typebox'
import { list, optional, object, text, texts } from '../../shared/schema-helpers.ts'

const mine = optional({ _abstractId: text('Id within the pattern.'), fields: texts('Paths of the fields that a flow may say for itself.') })

export const overridesHelper = object(
  'Which fields of a pattern the flows that follow it may say for themselves.',
  optional({
    fields: texts('Paths of fields of the flow.'),
    connections: list(Type.Object(mine), 'Fields of connections.'),
    exports: list(Type.Object(mine), 'Fields of exports.'),
    imports: list(Type.Object(mine), 'Fields of imports.'),
    routers: list(
      Type.Object({ ...mine, ...optional({ branches: list(Type.Object(mine), 'Fields of its branches.') }) }),
      'Fields of routers.',
    ),
  }),
)
