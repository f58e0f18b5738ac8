/** Tests of tools: what each stage makes of a mock input, what a caller would get, and that nothing is left of it, inside or outside. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { colleague } from '../harness/colleague.ts'
import { exportOf, importOf, make, makeConnection } from '../harness/flows.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- answers of every shape
type Told = any

const api = apiForFile()
let application: Application
beforeEach(async () => {
  application = await startApplication({ lookups: { customer: { 1: { name: 'Ann' } } } })
})
afterEach(() => application.close())

async function makeTool(more: object = {}): Promise<string> {
  const _connectionId = await makeConnection(api, application)
  const lookup = { isLookup: true, http: { relativeURI: '/lookup/customer/{{record.customer}}' } }
  const { _id: _exportId } = await make(api, 'exports', exportOf('customer', _connectionId, lookup))
  const { _id: _importId } = await make(api, 'imports', importOf('orders', _connectionId, {}))
  const { _id: _integrationId } = await make(api, 'integrations', { name: 'Tools' })
  const found = { fields: [{ extract: 'data[0].name', generate: 'name' }], lists: [] }
  const pageProcessors = [
    { type: 'export', _exportId, responseMapping: found },
    { type: 'import', _importId },
  ]
  const name = { generate: 'greeting', dataType: 'string', extract: 'Hello {{record.name}}', status: 'Active' }
  const rule = { generate: 'customer', dataType: 'string', extract: '$.id', status: 'Active' }
  const tool = await make(api, 'tools', {
    name: 'Greet',
    _integrationId,
    input: {
      schema: { type: 'object', required: ['id'] },
      transform: { type: 'expression', expression: { version: '2', rulesTwoDotZero: { mode: 'create', mappings: [rule] } } },
      mockInput: { id: 1 },
    },
    routers: [{ id: 'first', branches: [{ name: 'all', pageProcessors, nextRouterId: 'outputRouter' }] }],
    output: { mappings: [name] },
    ...more,
  })
  return tool._id as string
}

const testRun = (toolId: string, body?: object): Promise<Answer> => api.call('POST', `/v1/tools/${toolId}/test`, body)
const stepOf = ({ childJobs }: Told, type: string): Told => childJobs.find((each: Told) => each.type === type)
const stageOf = (step: Told, name: string): Told => step.stages.find((each: Told) => each.name === name)

test('every stage of the mock input is told, and imports make their requests and send none', async () => {
  const toolId = await makeTool()
  const { status, body } = await testRun(toolId)
  expect(status).toBe(200)
  expect(body.metadata).toMatchObject({ _toolId: toolId, importsSent: false, scriptsWrote: false })
  expect(body.flowJob).toMatchObject({ type: 'tool', status: 'completed', numSuccess: 2, numError: 0, errors: [] })
  const types = body.childJobs.map(({ type }: Told) => type)
  expect([types[0], types.slice(1, -1).toSorted(), types.at(-1)]).toEqual(['input', ['export', 'import', 'router'], 'output'])
  expect(stageOf(stepOf(body, 'input'), 'parse').output).toEqual([{ id: 1 }])
  expect(stageOf(stepOf(body, 'input'), 'transformTwoDotZero')).toMatchObject({ input: [{ id: 1 }], output: [{ customer: '1' }] })
  expect(stageOf(stepOf(body, 'export'), 'responseMap').output).toEqual([{ customer: '1', name: 'Ann' }])
  expect(stageOf(stepOf(body, 'import'), 'request').output[0]).toMatchObject({ method: 'POST', body: { customer: '1', name: 'Ann' } })
  expect(stageOf(stepOf(body, 'output'), 'mapping').output).toEqual([{ greeting: 'Hello Ann' }])
  expect(body.output).toEqual({ greeting: 'Hello Ann' })
  expect(application.ledger).toEqual([])
})

test('another input can be sent along, imports can send, and no error is left', async () => {
  const toolId = await makeTool()
  const { body } = await testRun(toolId, { mockInput: { id: 99 } })
  expect(body.flowJob).toMatchObject({ status: 'failed', numError: 1 })
  expect(stepOf(body, 'export').errors).toMatchObject([{ code: '404' }])
  expect(body).not.toHaveProperty('output')
  expect((await testRun(toolId, { allowImports: true })).body.metadata.importsSent).toBe(true)
  expect(application.ledger.map((sent) => sent.body)).toMatchObject([{ customer: '1', name: 'Ann' }])
  expect((await api.call('GET', `/v1/tools/${toolId}/errors`)).body.toolErrors.every(({ numError }: Told) => numError === 0)).toBe(true)
})

test('an input that does not fit its schema, and an output that does not fit its own, are told', async () => {
  const toolId = await makeTool()
  const { flowJob, ...rest } = (await testRun(toolId, { mockInput: { number: 1 } })).body
  expect(flowJob).toMatchObject({ status: 'failed', numError: 1, errors: [{ code: 'invalid_input' }] })
  expect(rest).not.toHaveProperty('output')
  const strict = await makeTool({ output: { schema: { type: 'object', required: ['total'] } } })
  expect((await testRun(strict)).body.flowJob).toMatchObject({ status: 'failed', errors: [{ code: 'invalid_output' }] })
  expect(await testRun(toolId, { input: {} })).toMatchObject({ status: 422, body: { errors: [{ code: 'unknown_field' }] } })
})

test('is for who may manage it', async () => {
  const toolId = await makeTool()
  const { call } = await colleague(api, 'monitor@example.com', { accessLevel: 'monitor' })
  expect((await call('POST', `/v1/tools/${toolId}/test`)).status).toBe(403)
})
