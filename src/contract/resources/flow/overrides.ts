/** What a flow that follows a pattern says for itself instead. */
import { Type } from 'typebox'
import { link, ref } from '../../kit.ts'
import { rules } from '../../shared/filter.ts'
import type { ScriptFunction } from '../../shared/script-function.ts'
import { anyObject, list, optional, object, text, texts } from '../../shared/schema-helpers.ts'
import { exportOverride } from './overrides-export.ts'
import { importOverride } from './overrides-import.ts'

const abstractId = (of: string) => text(`Id within the pattern of the ${of} that is meant.`)

const connection = Type.Object(
  optional({
    _abstractId: abstractId('connection'),
    _id: ref('connections', { description: 'Connection to use instead.' }),
    _borrowConcurrencyFromConnectionId: ref('connections', {
      description: 'Connection whose limit of requests at the same time it shares.',
    }),
  }),
)

const branch = Type.Object(
  optional({
    _abstractId: abstractId('branch'),
    name: text('What people call the branch.'),
    description: text('Which records it is for.'),
    inputFilter: object('Which records fit.', optional({ version: text('Version of the filter language.'), rules })),
  }),
)

const router = Type.Object(
  optional({
    _abstractId: abstractId('router'),
    name: text('What people call the router.'),
    script: link<ScriptFunction>('ScriptFunction', { description: 'A function that gets a record and returns the branches it takes.' }),
    branches: list(branch, 'Its branches.'),
  }),
)

const nextExport = Type.Object(
  optional({
    _flowId: ref('flows', { description: 'Flow to run.' }),
    _exportId: ref('exports', { description: 'Page generator of that flow to run.' }),
  }),
)

export const overrides = object(
  'What a flow that follows a pattern says for itself instead.',
  optional({
    name: text('Name of the flow.'),
    description: text('What it does.'),
    settings: anyObject('Values of its own that scripts, filters and templates read.'),
    timezone: text('Time zone that its schedule is read in, an IANA name.'),
    _runNextFlowIds: texts('Ids of flows that run when this one has completed.'),
    _runNextExportIds: list(nextExport, 'Page generators of flows that run when this one has completed.'),
    __listenerIdsToIndex: texts('Ids of exports that others send to.'),
    connections: list(connection, 'Its connections.'),
    exports: list(exportOverride, 'Its exports.'),
    imports: list(importOverride, 'Its imports.'),
    routers: list(router, 'Its routers.'),
  }),
)
