/** The exports and imports that a flow is made of. */
import { Type } from 'typebox'
import { objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { exportResource } from '../../resources/export.ts'
import { importResource } from '../../resources/import.ts'

/** Documents of each kind in one answer at the most: more than a flow has steps. */
export const maxSteps = 10_000

export const descendants = {
  listFlowDescendants: {
    method: 'GET',
    path: '/v1/flows/:_id/descendants',
    tag: 'flows',
    summary: 'List the exports and imports of a flow',
    description:
      'Each as by id, once, oldest first: page generators, lookups and imports, those in branches too. One that was deleted is left out.',
    access: 'monitor',
    extent: 'environment',
    params: Type.Object({ _id: objectId({ description: 'Id of the flow.' }) }),
    status: 200,
    result: Type.Object(
      {
        exports: Type.Array(exportResource.stored, { description: 'Its page generators and lookups.' }),
        imports: Type.Array(importResource.stored, { description: 'Its imports.' }),
      },
      { description: 'The steps of the flow.' },
    ),
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
