/** A flow with one export and one import against the application of the bench. */
import type { Sluice } from './sluice.ts'

export interface FlowIds {
  readonly integrationId: string
  readonly flowId: string
  readonly exportId: string
  readonly importId: string
}

export interface FlowOptions {
  /** Where the application answers. */
  readonly application: string
  readonly pageSize: number
  /** Beginning of the path that records come from and go to: tells one flow's requests from another's. */
  readonly path: string
}

/** Fields of the target and where they come from: a text, a number, one out of an object. */
const mappings = [
  { generate: 'reference', dataType: 'string', extract: '$.id', sourceDataType: 'string', status: 'Active' },
  { generate: 'email', dataType: 'string', extract: '$.customer.email', sourceDataType: 'string', status: 'Active' },
  { generate: 'amount', dataType: 'number', extract: '$.total', sourceDataType: 'number', status: 'Active' },
]

/** Of an export: all pages of the orders below a path. */
export const pagesOfOrders = (path: string): object => ({
  relativeURI: `${path}/orders?page={{export.http.paging.page}}`,
  method: 'GET',
  response: { resourcePath: 'orders' },
  paging: { method: 'page', page: 1, maxPagePath: 'pages' },
})

export async function makeFlow(sluice: Sluice, { application, pageSize, path }: FlowOptions): Promise<FlowIds> {
  const create = async (collection: string, body: object): Promise<string> => (await sluice.call('POST', `/v1/${collection}`, body))._id
  const integrationId = await create('integrations', { name: 'Bench' })
  const _connectionId = await create('connections', {
    name: 'Application of the bench',
    type: 'http',
    http: { formType: 'http', mediaType: 'json', baseURI: application },
  })
  const exportId = await create('exports', {
    name: 'Orders',
    _connectionId,
    adaptorType: 'HTTPExport',
    pageSize,
    http: pagesOfOrders(path),
  })
  const importId = await create('imports', {
    name: 'Orders',
    _connectionId,
    adaptorType: 'HTTPImport',
    http: { relativeURI: [`${path}/invoices`], method: ['POST'] },
    mappings,
  })
  const flowId = await create('flows', {
    name: 'Orders to invoices',
    _integrationId: integrationId,
    pageGenerators: [{ _exportId: exportId }],
    pageProcessors: [{ type: 'import', _importId: importId }],
  })
  return { integrationId, flowId, exportId, importId }
}

export interface Run {
  readonly status: string
  readonly createdAt: string
  readonly startedAt: string
  readonly endedAt: string
  readonly numSuccess: number
  readonly numError: number
}

/** How often a run is looked at, in milliseconds: seldom, so that looking costs the run next to nothing. */
const lookMs = 100

/** Throws where the run does not complete. */
export const runFlow = async (sluice: Sluice, flowId: string): Promise<Run> => awaitRun(sluice, await startRun(sluice, flowId))

export const startRun = async (sluice: Sluice, flowId: string): Promise<string> =>
  (await sluice.call('POST', `/v1/flows/${flowId}/run`))._jobId

/** Throws where the run does not complete. */
export async function awaitRun(sluice: Sluice, jobId: string): Promise<Run> {
  for (;;) {
    const job = await sluice.call('GET', `/v1/jobs/${jobId}`)
    if (job.status === 'completed') return job
    if (job.endedAt) throw new Error(`the run ended as ${job.status}: ${job.errorMessage}`)
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}
