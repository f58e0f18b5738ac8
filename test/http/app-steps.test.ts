/** Steps of every type, taken where nothing but their type tells what they need. */
import { describe, expect, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { installed, licensed, publish } from '../harness/app.ts'
import { make } from '../harness/flows.ts'

const api = apiForFile()

const theirs = (method: string, path: string, body?: unknown): Promise<Answer> => api.stranger(method, path, body)
const refusal = ({ status, body }: Answer): object => ({ status, code: body.errors[0].code, field: body.errors[0].field })

/** Keeps what its step was called with. */
const script = `
const { integrations } = require('integrator-api')
function keep(o) { const now = integrations.get(o.resource._id); integrations.update(now._id, Object.assign({}, now, { settings: { got: Object.keys(o).sort(), _stackId: o._stackId, _editionId: o._editionId } })) }
function address(o) { return 'https://shop.example/authorize?for=' + o.resource._id }
function fewer(o) { return { installSteps: o.resource.installSteps.slice(0, 2) } }
function wrong() { return { installSteps: [{ name: 'No type' }] } }
function many() { return { installSteps: Array.from({ length: 101 }, function () { return { name: 'x', type: 'hidden' } }) } }
`

interface Begun {
  readonly id: string
  readonly editions: readonly string[]
  take(index: number, body?: object): Promise<Answer>
}

async function begin(installSteps: readonly object[], terms: object = {}): Promise<Begun> {
  const own = await make(api, 'scripts', { name: 'Steps', content: script })
  const named = JSON.parse(JSON.stringify(installSteps).replaceAll('{own}', own._id)) as object[]
  const app = await publish(api, { installSteps: named })
  await licensed(api, app, terms)
  const id = (await theirs('POST', `/v1/connectors/${app.connectorId}/install`)).body._id
  return {
    id,
    editions: app.editions,
    take: (index, body) => theirs('POST', `/v1/integrations/${id}/installSteps/${index}`, body),
  }
}
const call = { _scriptId: '{own}', function: 'keep' }

describe('a step of type', () => {
  test('`url` shows its address, or the one that its function answers, and is done when it is taken', async () => {
    const { id, take } = await begin([
      { name: 'Fixed', type: 'url', url: 'https://shop.example/fixed' },
      { name: 'Made', type: 'url', getUrlFunction: 'address', ...call },
    ])
    const show = async (index: number): Promise<string> =>
      (await theirs('POST', `/v1/integrations/${id}/installSteps/${index}/show`)).body.url
    expect(await show(0)).toBe('https://shop.example/fixed')
    expect((await take(0)).body.installSteps[0].completed).toBe(true)
    expect(await show(1)).toBe(`https://shop.example/authorize?for=${id}`)
    expect((await take(1)).body).toMatchObject({
      mode: 'settings',
      settings: { got: ['_integrationId', 'bearerToken', 'license', 'resource'] },
    })
  })

  test("`stack` takes a stack of the account's own, and its function is told which", async () => {
    const { take } = await begin([{ name: 'Your server', type: 'stack', ...call }])
    const server = { type: 'server', server: { hostURI: 'https://code.example' } }
    const publishers = await make(api, 'stacks', { name: 'P', ...server })
    const mine = await make({ call: theirs }, 'stacks', { name: 'M', ...server })
    expect(refusal(await take(0))).toEqual({ status: 422, code: 'missing_required_field', field: '_stackId' })
    expect(refusal(await take(0, { _stackId: publishers._id }))).toEqual({ status: 422, code: 'invalid_ref', field: '_stackId' })
    const { status, body } = await take(0, { _stackId: mine._id })
    expect({ status, settings: body.settings }).toMatchObject({ status: 200, settings: { _stackId: mine._id } })
    expect(body.installSteps[0]).toMatchObject({ completed: true, _stackId: mine._id })
  })

  test('`edition` takes the edition of the licence and no other, and its function is told which', async () => {
    const { editions, take } = await begin([{ name: 'Edition', type: 'edition', ...call }])
    expect(refusal(await take(0, { _editionId: editions[1] as string }))).toEqual({ status: 422, code: 'invalid_ref', field: '_editionId' })
    expect((await take(0, { _editionId: editions[0] as string })).body.settings).toMatchObject({ _editionId: editions[0] })
    const silent = await begin([{ name: 'Edition', type: 'edition', ...call }])
    expect((await silent.take(0)).body.settings).toMatchObject({ _editionId: silent.editions[0] })
  })

  test('`connection` takes one that is there, and its function is told which', async () => {
    const { take } = await begin([{ name: 'Any', type: 'connection', ...call }])
    const http = { baseURI: 'https://mine.example', mediaType: 'json' }
    const { _id } = await make({ call: theirs }, 'connections', { name: 'There', type: 'http', http })
    const { body } = await take(0, { _connectionId: _id })
    expect(body).toMatchObject({
      _registeredConnectionIds: expect.arrayContaining([_id]) as string[],
      installSteps: [{ _connectionId: _id, completed: true }],
    })
    expect(body.settings.got).toContain('_connectionId')
    expect((await theirs('GET', `/v1/connections/${_id}`)).body._connectorId, 'it stays the user’s').toBeUndefined()
  })
})

describe('the list of steps', () => {
  const hidden = (name: string, fields: object = {}): object => ({ name, type: 'hidden', ...fields })
  const by = (name: string): object => ({ _scriptId: '{own}', function: name })

  test('may become shorter, which may make a step the last', async () => {
    const { take } = await begin([hidden('A'), hidden('B', by('fewer')), hidden('C'), hidden('D')])
    await take(0)
    const { body } = await take(1)
    expect({ mode: body.mode, names: body.installSteps.map(({ name }: { name: string }) => name) }).toEqual({
      mode: 'settings',
      names: ['A', 'B'],
    })
  })

  test('is refused where it is none, or is too long, and the step stays open', async () => {
    for (const [name, code] of [
      ['wrong', 'missing_required_field'],
      ['many', 'invalid_field'],
    ] as const) {
      const { id, take } = await begin([hidden('A', by(name)), hidden('B')])
      const answer = await take(0)
      expect({ name, status: answer.status, code: answer.body.errors[0].code }).toEqual({ name, status: 422, code })
      const { installSteps } = (await theirs('GET', `/v1/integrations/${id}`)).body
      expect(installSteps.map(({ completed }: { completed: boolean }) => completed)).toEqual([false, false])
    }
  })

  test('of uninstalling may be changed by its functions, too', async () => {
    const own = await make(api, 'scripts', {
      name: 'Longer',
      content: `function longer(o) { return { uninstallSteps: o.resource.uninstallSteps.concat([{ name: 'And this', type: 'form', form: { fieldMap: { sure: { id: 'sure', name: 'sure', type: 'checkbox', required: true } } } }]) } }`,
    })
    const app = await publish(api, { uninstallSteps: [{ name: 'First', type: 'hidden', _scriptId: own._id, function: 'longer' }] })
    const id = await installed(api, app)
    await theirs('POST', `/v1/integrations/${id}/uninstall`)
    const one = await theirs('POST', `/v1/integrations/${id}/uninstallSteps/0`)
    expect({ status: one.status, steps: one.body.uninstallSteps.length }).toEqual({ status: 200, steps: 2 })
    expect(refusal(await theirs('POST', `/v1/integrations/${id}/uninstallSteps/1`))).toMatchObject({ field: 'formSubmission' })
    const last = await theirs('POST', `/v1/integrations/${id}/uninstallSteps/1`, { formSubmission: { sure: true } })
    expect(last.status).toBe(204)
  })
})

describe('an app of cards', () => {
  test('keeps them as they are, and names their functions in the preview, which are not called', async () => {
    const stack = await make(api, 'stacks', { name: 'Old', type: 'server', server: { hostURI: 'https://nobody.invalid' } })
    const install = [
      { name: 'Bundle', description: 'Install it', installURL: 'https://shop.example/bundle', completed: false },
      { name: 'Flows', installerFunction: 'installFlows', uninstallerFunction: 'removeFlows', _stackId: stack._id, options: { of: 1 } },
    ]
    const app = await publish(api, { installSteps: [], install })
    await licensed(api, app)
    const { body } = await theirs('GET', `/v1/connectors/${app.connectorId}/install/preview`)
    expect(body.install).toEqual(install)
    const named = body.functions.filter(({ path }: { path: string }) => path.startsWith('integration.install.'))
    expect(named).toEqual([
      {
        path: 'integration.install.1.installerFunction',
        function: 'installFlows',
        _stackId: stack._id,
        stack: 'Old',
        hostURI: 'https://nobody.invalid',
      },
      {
        path: 'integration.install.1.uninstallerFunction',
        function: 'removeFlows',
        _stackId: stack._id,
        stack: 'Old',
        hostURI: 'https://nobody.invalid',
      },
    ])
    const made = await theirs('POST', `/v1/connectors/${app.connectorId}/install`)
    expect(made.body).toMatchObject({ mode: 'install', install })
    expect((await theirs('GET', `/v1/integrations/${made.body._id}`)).body.install).toEqual(install)
  })
})
