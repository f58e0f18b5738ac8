/** Puts a connection in the place of another one: in an export, in an import, or in all steps of a flow. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { exportResource } from '../../resources/export.ts'
import { flow } from '../../resources/flow.ts'
import { importResource } from '../../resources/import.ts'

const newConnection = objectId({ description: 'Id of the connection that takes its place.' })
const fit =
  'The new connection has to be of a type that the step goes over, and is registered to the integrations whose flows use the step.'
const runs = 'Runs of flows that use what was changed end as canceled, those that wait too: they began over the other connection.'

const common = <C extends string>(collection: C, name: string) =>
  ({
    tag: collection,
    method: 'PUT',
    path: `/v1/${collection}/:_id/replaceConnection`,
    access: 'manage',
    extent: 'environment',
    params: Type.Object({ _id: objectId({ description: `Id of the ${name}.` }) }),
    status: 200,
    errors: [
      'not_found',
      'missing_required_field',
      'invalid_field',
      'invalid_ref',
      'app_resource_locked',
      'precondition_failed',
      'conflict',
      'script_error',
    ],
  }) as const

const ofStep = <C extends 'exports' | 'imports'>(collection: C, name: string) =>
  ({
    ...common(collection, name),
    summary: `Replace the connection of an ${name}`,
    description: `${fit} ${runs} Where it has that connection already, nothing is changed.`,
    body: Type.Object({ _newConnectionId: newConnection }),
  }) as const

export const connectionReplacement = {
  replaceFlowConnection: {
    ...common('flows', 'flow'),
    summary: 'Replace a connection in the steps of a flow',
    description: `Every export, lookup and import of the flow that goes over the one connection goes over the other one afterwards, those in branches too, and tools that a step of it has go over the one: all of them or none. It is the exports and imports that are changed, and not the flow, so other flows that use them go over the new connection as well; the header \`Sluice-Warning\` names them. ${fit} ${runs} Where no step goes over the connection, nothing is changed. The answer is the flow.`,
    body: Type.Object({
      _connectionId: objectId({ description: 'Id of the connection that steps of the flow go over. It may be deleted by now.' }),
      _newConnectionId: newConnection,
    }),
    result: flow.stored,
  },
  replaceExportConnection: { ...ofStep('exports', 'export'), result: exportResource.stored },
  replaceImportConnection: { ...ofStep('imports', 'import'), result: importResource.stored },
} as const satisfies Record<string, Operation>
