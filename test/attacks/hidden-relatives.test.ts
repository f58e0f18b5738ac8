/** What hangs together with an integration that is shared and is not shared itself: children, the parent, and who else works in the account. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { make } from '../harness/flows.ts'

let api: Api
let parent: string
let child: string
let ofParent: Colleague
let ofChild: Colleague
const secret = 'not for those who do not see it'
const content = `const { state } = require('integrator-api')
  function init({ parentResource, grandparentResource, resource }) {
    const told = [parentResource, grandparentResource].map((each) => each && each.settings ? each.settings.note : null)
    try { state.put('told', told) } catch (error) {}
    return { fieldMap: {}, told }
  }`
beforeAll(async () => {
  api = await startApi()
  parent = (await make(api, 'integrations', { name: 'Parent', settings: { note: secret } }))._id
  child = (await make(api, 'integrations', { name: 'Child', _parentId: parent, settings: { note: 'of the child' } }))._id
  const levelIn = (_integrationId: string) => ({ integrationAccessLevel: [{ _integrationId, accessLevel: 'manage' }] })
  ofParent = await colleague(api, 'parent@example.com', levelIn(parent))
  ofChild = await colleague(api, 'child@example.com', levelIn(child))
})
afterAll(() => api.close())

test('the tree of an integration tells of the children that the caller may look at', async () => {
  const childrenFor = async (call: Api['call']) =>
    (await call('GET', `/v1/integrations/${parent}/tree/metadata`)).body.childIntegrations.map(({ _id }: { _id: string }) => _id)
  expect(await childrenFor(api.call)).toEqual([child])
  expect(await childrenFor(ofParent.call)).toEqual([])
})

describe('the parent is told to the script of a settings form', () => {
  const told = async (caller: Api['call'], writer: Pick<Colleague, 'call'>) => {
    const { _id: _scriptId } = await make(writer, 'scripts', { name: 'Form', content })
    const settingsForm = { form: { fieldMap: {} }, init: { _scriptId, function: 'init' } }
    const flowGroupings = [{ name: 'Group', settingsForm }]
    const saved = await writer.call('PUT', `/v1/integrations/${child}`, { name: 'Child', _parentId: parent, settingsForm, flowGroupings })
    expect(saved.status).toBe(200)
    const form = (await caller('POST', `/v1/integrations/${child}/settingsForm`)).body
    const _flowGroupingId = saved.body.flowGroupings[0]._id
    const ofGroup = (await caller('POST', `/v1/integrations/${child}/settingsForm`, { _flowGroupingId })).body
    return [form.told, ofGroup.told]
  }

  test('that people wrote who may look at it', async () => {
    expect(await told(api.call, api)).toEqual([
      [secret, null],
      [null, secret],
    ])
  })

  test('not to that of a manager of the child, whoever opens the form', async () => {
    for (const caller of [ofChild.call, api.call])
      expect(await told(caller, ofChild)).toEqual([
        [null, null],
        [null, null],
      ])
    expect((await ofChild.call('GET', `/v1/integrations/${child}/state/told`)).text).not.toContain(secret)
  })

  test('and to none for who may look at the child alone', async () => {
    expect(await told(ofChild.call, api)).toEqual([
      [null, null],
      [null, null],
    ])
  })
})

test('who works in the account, with which tokens and from where, is on record for its administrators, and for everybody of themselves', async () => {
  const monitor = await colleague(api, 'monitor@example.com', { accessLevel: 'monitor' })
  const administrator = await colleague(api, 'administrator@example.com', { accessLevel: 'administrator' })
  await make(api, 'accesstokens', { name: "the owner's", fullAccess: true })
  await make(monitor, 'accesstokens', { name: "the monitor's", fullAccess: true })
  const told = async ({ call }: Pick<Api, 'call'>) => {
    const found = await Promise.all(['accesstoken', 'ashare', 'user', ''].map((type) => call('GET', `/v1/audit?resourceType=${type}`)))
    return found.flatMap(({ body }) => body ?? []) as { resourceType: string; name?: string; byUser: { _id: string } }[]
  }
  const personal = (await told(monitor)).filter(({ resourceType }) => ['accesstoken', 'ashare', 'user'].includes(resourceType))
  expect(personal.map(({ name }) => name)).toContain("the monitor's")
  expect(new Set(personal.map(({ byUser }) => byUser._id))).toEqual(new Set([monitor._id]))
  expect((await told(monitor)).map(({ resourceType }) => resourceType)).toContain('integration')
  for (const each of [api, administrator]) expect((await told(each)).map(({ name }) => name)).toContain("the owner's")
})
