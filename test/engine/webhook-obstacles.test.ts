/** A webhook that would refuse every request, or could answer none: told when it is saved, refused under strict, and its requests and runs fail with the reason. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import cases from '../cases/webhook/obstacles.json' with { type: 'json' }
import { startApi, type Api } from '../harness/api.ts'
import { startApplication, type Application } from '../harness/application.ts'
import { make, makeConnection, runToEnd } from '../harness/flows.ts'

interface Case {
  readonly name: string
  readonly webhook: { readonly token?: string }
  readonly field: string
  /** What a sender is answered; absent where events are taken all the same. */
  readonly answer?: number
}

let api: Api
let application: Application
beforeAll(async () => {
  api = await startApi({ worker: true })
  application = await startApplication()
})
afterAll(async () => {
  await application.close()
  await api.close()
})

it.each(cases as readonly Case[])('$name: $field', async ({ webhook, field, answer: status }) => {
  const doc = { name: 'It', adaptorType: 'WebhookExport', type: 'webhook', webhook }
  const refused = await api.call('POST', '/v1/exports', doc, { prefer: 'handling=strict' })
  expect(refused).toMatchObject({ status: 422, body: { errors: [{ field, code: 'invalid_field' }] } })
  const saved = await api.call('POST', '/v1/exports', doc)
  expect(saved).toMatchObject({ status: 201 })
  expect(saved.headers.get('sluice-warning')).toContain(`Saved, but runs of this server cannot use it. ${field}: `)

  const _exportId = saved.body._id as string
  const _importId = (
    await make(api, 'imports', {
      name: 'It',
      adaptorType: 'HTTPImport',
      _connectionId: await makeConnection(api, application),
      http: { method: ['POST'], relativeURI: ['/sink/orders'] },
    })
  )._id as string
  const flow = await make(api, 'flows', { name: 'It', pageGenerators: [{ _exportId }], pageProcessors: [{ type: 'import', _importId }] })
  const path = `/v1/exports/${_exportId}/${webhook.token ?? 'anything'}/data`
  const sent = await fetch(api.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"id":1}' })
  expect(sent.status).toBe(status ?? 204)
  const job = await runToEnd(api, flow._id as string)
  const [{ message }] = refused.body.errors as [{ message: string }]
  expect(job).toMatchObject({ status: 'failed', errorMessage: expect.stringContaining(message), numExport: 0 })
  expect(application.asked).toEqual([])
})
