/**
 * The examples of the OpenAPI document: recorded from this test, one for each operation that takes or answers JSON. `npm run examples` records them anew.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { account, apps } from '../examples/account.ts'
import { changes, clones, documents, integration, state } from '../examples/documents.ts'
import { lifecycle } from '../examples/lifecycle.ts'
import { recorderOn } from '../examples/recorder.ts'
import { orders, runs } from '../examples/runs.ts'
import { startApi, type Api } from '../harness/api.ts'
import { startMailServer, type MailServer } from '../harness/mail-server.ts'
import { startOpenIdProvider, type OpenIdPeer } from '../harness/openid-provider.ts'
import { startApplication, type Application } from '../harness/application.ts'

let api: Api
let application: Application
let provider: OpenIdPeer
let mails: MailServer
beforeAll(async () => {
  provider = await startOpenIdProvider()
  mails = await startMailServer()
  api = await startApi({ worker: true, openId: provider.settings, mail: mails.settings, publicURL: 'https://sluice.example' })
  provider.register(`${api.url}/sign-in/openid`)
  application = await startApplication({ sources: { orders } })
})
afterAll(async () => {
  await api.close()
  await application.close()
  await provider.close()
  await mails.close()
})

test('what the API takes and answers is what the document shows', { timeout: 180_000 }, async () => {
  const recorder = recorderOn(api, {
    [application.origin]: 'https://shop.example',
    [api.url]: 'https://sluice.example',
    [new URL(api.url).host]: 'sluice.example',
    [provider.origin]: 'https://login.example',
    [encodeURIComponent(api.url)]: encodeURIComponent('https://sluice.example'),
    [encodeURIComponent(provider.origin)]: encodeURIComponent('https://login.example'),
  })
  const ids = await documents(recorder)
  await state(recorder, ids)
  await changes(recorder, ids)
  await integration(recorder, api, ids)
  await clones(recorder, api, ids)
  await runs(recorder, api, application, ids.integrations)
  await lifecycle(recorder, api)
  await account(recorder, api, ids.integrations, provider)
  await apps(recorder, api)
  await expect(`${JSON.stringify(recorder.examples(), null, 1)}\n`).toMatchFileSnapshot('../../src/contract/examples.json')
})
