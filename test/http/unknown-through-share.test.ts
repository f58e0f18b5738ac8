/** Through a share of single integrations what is unknown, and what is not shared, looks the same: as documented for everybody. */
import { beforeAll, describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, nobody, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let friend: Colleague
let hidden: string
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  const integrationAccessLevel = [{ _integrationId: ids.integrations, accessLevel: 'monitor' }]
  friend = await colleague(api, 'friend@example.com', { integrationAccessLevel })
  hidden = (await make(api, 'integrations', { name: 'Hidden' }))._id
  await make(api, 'flows', { ...samples.flows(ids), _integrationId: hidden })
})

const strict = { prefer: 'handling=strict' }

describe.each(['flows', 'exports', 'imports'])('the %s of an integration', (kind) => {
  test('that is not there, or not shared, are 204; with strictness 404', async () => {
    for (const id of [nobody, hidden]) {
      const path = `/v1/integrations/${id}/${kind}`
      expect(await friend.call('GET', path)).toMatchObject({ status: 204, text: '' })
      expect((await friend.call('GET', path, undefined, strict)).status).toBe(404)
    }
  })

  test('that is shared are there', async () => {
    const { status, body } = await friend.call('GET', `/v1/integrations/${ids.integrations}/${kind}`)
    expect({ status, count: body.length }).toEqual({ status: 200, count: 1 })
  })
})

test('dependencies of what is not there, or not shared, are {}; with strictness 404', async () => {
  for (const [collection, id] of [
    ['integrations', nobody],
    ['integrations', hidden],
    ['flows', nobody],
    ['stacks', ids.stacks],
  ] as const) {
    const path = `/v1/${collection}/${id}/dependencies`
    const { status, body } = await friend.call('GET', path)
    expect({ path, status, body }).toEqual({ path, status: 200, body: {} })
    expect((await friend.call('GET', path, undefined, strict)).status).toBe(404)
  }
  expect(Object.keys((await friend.call('GET', `/v1/integrations/${ids.integrations}/dependencies`)).body)).toContain('flows')
})
