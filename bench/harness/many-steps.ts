/** A flow of one export and many imports after one another. */
import { makeFlow } from './flow.ts'
import type { Sluice } from './sluice.ts'

const fieldsOf = ({ _id: _itsOwn, createdAt: _made, lastModified: _changed, ...fields }: Readonly<Record<string, unknown>>): object =>
  fields

/** Its imports are named Orders, Step 1, Step 2 and so on. Answers the flow's id. */
export async function makeManySteps(sluice: Sluice, steps: number): Promise<string> {
  const { integrationId, flowId, exportId, importId } = await makeFlow(sluice, {
    application: 'http://127.0.0.1:9',
    pageSize: 20,
    path: '/none',
  })
  const model = await sluice.call('GET', `/v1/imports/${importId}`)
  const made = [importId]
  for (let n = 1; n < steps; n++) made.push((await sluice.call('POST', '/v1/imports', { ...fieldsOf(model), name: `Step ${n}` }))._id)
  await sluice.call('PUT', `/v1/flows/${flowId}`, {
    name: 'Of many steps',
    _integrationId: integrationId,
    pageGenerators: [{ _exportId: exportId }],
    pageProcessors: made.map((_importId) => ({ type: 'import', _importId })),
  })
  return flowId
}
