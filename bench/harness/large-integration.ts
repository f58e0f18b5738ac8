/** An integration of a thousand documents, or of more, made through the API: a flow has an export, two imports with mappings, and a script now and then. */
import type { Sluice } from './sluice.ts'

const flowsOfThousand = 240
const connections = 10
const flowsPerScript = 8
const fieldsPerMapping = 20

export async function makeLarge(sluice: Sluice, flows = flowsOfThousand): Promise<{ readonly id: string; readonly resources: number }> {
  let resources = 0
  const make = async (collection: string, body: object): Promise<string> => {
    resources++
    return (await sluice.call('POST', `/v1/${collection}`, { name: `${collection} ${resources}`, ...body }))._id
  }
  const id = await make('integrations', { flowGroupings: [{ name: 'Daily' }] })
  const over: string[] = []
  for (let i = 0; i < connections; i++)
    over.push(await make('connections', { type: 'http', http: { baseURI: 'https://shop.example', mediaType: 'json' } }))
  const mappings = Array.from({ length: fieldsPerMapping }, (_, i) => ({
    generate: `field${i}`,
    extract: `$.order.field${i}`,
    dataType: 'string',
    status: 'Active',
  }))
  let script = ''
  for (let i = 0; i < flows; i++) {
    if (i % flowsPerScript === 0) script = await make('scripts', { content: 'function hook(options) {\n  return options.data\n}\n' })
    const _connectionId = over[i % connections]
    const source = await make('exports', {
      _connectionId,
      http: { method: 'GET', relativeURI: '/orders' },
      hooks: { preSavePage: { function: 'hook', _scriptId: script } },
    })
    const sink = { _connectionId, http: { method: ['POST'], relativeURI: ['/invoices'] }, mappings }
    const sinks = [await make('imports', sink), await make('imports', sink)]
    await make('flows', {
      _integrationId: id,
      pageGenerators: [{ _exportId: source }],
      pageProcessors: sinks.map((_importId) => ({ type: 'import', _importId })),
    })
  }
  return { id, resources }
}
