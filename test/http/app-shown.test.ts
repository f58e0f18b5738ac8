/** What an Integration App would run is shown with its code, and until the app is installed nothing else runs. */
import { createHash } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { apiForFile, type Answer } from '../harness/api.ts'
import { appScript, licensed, publish, type Published } from '../harness/app.ts'
import { make } from '../harness/flows.ts'
import { startStack, type StackRequest } from '../harness/stack.ts'

const api = apiForFile()

const theirs = (method: string, path: string, body?: unknown): Promise<Answer> => api.stranger(method, path, body)
const preview = (app: Published, query = ''): Promise<Answer> => theirs('GET', `/v1/connectors/${app.connectorId}/install/preview${query}`)
const install = (app: Published, body?: object): Promise<Answer> => theirs('POST', `/v1/connectors/${app.connectorId}/install`, body)
const take = (id: string, index: number, body?: object): Promise<Answer> =>
  theirs('POST', `/v1/integrations/${id}/installSteps/${index}`, body)
const refusal = ({ status, body }: Answer): object => ({ status, code: body.errors[0].code, field: body.errors[0].field })
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
const chosen = { connection: { name: 'Mine', http: { baseURI: 'https://mine.example', mediaType: 'json' } } }
const changed = { status: 422, code: 'code_changed', field: 'sha256' }

describe('the preview of an installation', () => {
  test('shows the text of each script, with the functions of it that would run and where they are named', async () => {
    const app = await publish(api)
    await licensed(api, app)
    const { body } = await preview(app)
    expect(body.scripts).toEqual([
      { _id: app.scriptId, name: 'App', content: appScript, sha256: hashOf(appScript), functions: expect.any(Array) as object[] },
    ])
    expect(body.scripts[0].functions).toContainEqual({ path: 'integration.installSteps.0.function', function: 'connected' })
    expect(body.scripts[0].functions).toContainEqual({ path: 'integration.update.function', function: 'update' })
    expect(body.sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  test('leaves out texts that are too long together, and shows each of them alone', async () => {
    const app = await publish(api)
    await licensed(api, app)
    const template = (await api.call('GET', `/v1/integrations/${app.templateId}`)).body
    const long: string[] = []
    for (const name of ['A', 'B', 'C']) {
      const content = `function step() {} // ${name}${'x'.repeat(900_000)}`
      long.push((await make(api, 'scripts', { name, content }))._id)
    }
    const installSteps = long.map((_scriptId) => ({ name: 'Long', type: 'hidden', _scriptId, function: 'step' }))
    await api.call('PUT', `/v1/integrations/${app.templateId}`, { ...template, installSteps: [...template.installSteps, ...installSteps] })
    const { body } = await preview(app)
    const without = body.scripts.filter(({ content }: { content?: string }) => content === undefined)
    expect(without.map(({ name }: { name: string }) => name)).toEqual(['C'])
    const alone = (await preview(app, `?_scriptId=${without[0]._id}`)).body
    const [text] = alone.scripts.flatMap(({ content }: { content?: string }) => content ?? [])
    expect({ hash: hashOf(text), all: alone.sha256 }).toEqual({ hash: without[0].sha256, all: body.sha256 })
  })

  test('is there for an app that is installed with the only licence', async () => {
    const app = await publish(api)
    await licensed(api, app)
    expect((await install(app)).status).toBe(201)
    expect((await preview(app)).status).toBe(200)
  })

  test('of a clone names the functions, and the texts are among the objects', async () => {
    const app = await publish(api)
    const { body } = await api.call('GET', `/v1/integrations/${app.templateId}/clone/preview`)
    const named = { path: 'integration.installSteps.0.function', function: 'connected', _scriptId: app.scriptId, script: 'App' }
    expect(body.functions).toContainEqual({ ...named, sha256: hashOf(appScript) })
    const [script] = body.objects.filter(({ model }: { model: string }) => model === 'Script')
    expect(script.doc.content).toBe(appScript)
  })
})

describe('an installation', () => {
  const spoil = (app: Published, content = `${appScript}\nfunction connected() { throw new Error('something else') }`): Promise<Answer> =>
    api.call('PUT', `/v1/scripts/${app.scriptId}`, { name: 'App', content })

  test('makes no child and is not resumed before it is through: what runs in a child follows its publisher', async () => {
    const app = await publish(api)
    await licensed(api, app)
    const id = (await install(app)).body._id
    const early = { status: 422, code: 'invalid_step', field: 'mode' }
    expect(refusal(await theirs('POST', `/v1/integrations/${id}/initChild`))).toEqual(early)
    expect(refusal(await theirs('PUT', `/v1/integrations/${id}/resume`))).toEqual(early)
    expect(refusal(await theirs('POST', `/v1/integrations/${id}/changeEdition`))).toEqual(early)
    const [updated] = (await api.call('PUT', `/v1/connectors/${app.connectorId}/update`, { _integrationIds: [id] })).body
    expect(updated).toMatchObject({ updated: false, error: expect.stringContaining('not installed yet') as string })
    for (const [index, sent] of [chosen, { formSubmission: { region: 'EU' } }, {}].entries())
      expect((await take(id, index, sent)).status).toBe(200)
    expect((await theirs('POST', `/v1/integrations/${id}/initChild`)).status).toBe(200)
    expect((await theirs('PUT', `/v1/integrations/${id}/resume`)).status).toBe(200)
  })

  test('is refused where the code is not that of the preview any more, and nothing is made', async () => {
    const app = await publish(api)
    await licensed(api, app)
    const { sha256 } = (await preview(app)).body
    await spoil(app)
    const before = (await theirs('GET', '/v1/integrations')).text
    expect(refusal(await install(app, { sha256 }))).toEqual(changed)
    expect((await theirs('GET', '/v1/integrations')).text).toBe(before)
    expect((await install(app, { sha256: (await preview(app)).body.sha256 })).status).toBe(201)
  })

  test('runs no code that changed since it was begun, before somebody sends what they were shown of it', async () => {
    const app = await publish(api)
    await licensed(api, app)
    const { sha256 } = (await preview(app)).body
    const id = (await install(app, { sha256 })).body._id
    await spoil(app)
    expect(refusal(await take(id, 0, chosen))).toEqual(changed)
    expect(refusal(await take(id, 0, { ...chosen, sha256 }))).toEqual(changed)
    await spoil(app, `${appScript} // other words, the same doing`)
    expect(refusal(await take(id, 0, chosen))).toEqual(changed)
    const anew = (await preview(app)).body.sha256
    expect((await take(id, 0, { ...chosen, sha256: anew })).body.settings).toBeDefined()
    await spoil(app)
    expect(refusal(await theirs('POST', `/v1/integrations/${id}/installSteps/1/show`))).toEqual(changed)
    await spoil(app, `${appScript} // other words, the same doing`)
    expect((await take(id, 1, { formSubmission: { region: 'EU' } })).status).toBe(200)
    expect((await take(id, 2)).body.mode).toBe('settings')
  })

  test('runs no function of a step that was listed later and never shown', async () => {
    const other = await make(api, 'scripts', { name: 'Unseen', content: 'function unseen() {}' })
    const app = await publish(api)
    const relist = `function formed(o) { return { installSteps: o.resource.installSteps.concat([{ name: 'Unseen', type: 'hidden', _scriptId: '${other._id}', function: 'unseen' }]) } }`
    await spoil(app, `${appScript}\n${relist}`)
    await licensed(api, app)
    const id = (await install(app)).body._id
    await take(id, 0, chosen)
    expect((await take(id, 1, { formSubmission: { region: 'EU' } })).status).toBe(200)
    await take(id, 2)
    expect(refusal(await take(id, 3))).toEqual(changed)
  })

  test('that is through follows its publisher: what they mend runs', async () => {
    const app = await publish(api)
    await licensed(api, app)
    const id = (await install(app)).body._id
    for (const [index, sent] of [chosen, { formSubmission: { region: 'EU' } }, {}].entries())
      expect((await take(id, index, sent)).status).toBe(200)
    await spoil(app, appScript.replace('Store of', 'Branch of'))
    expect((await theirs('POST', `/v1/integrations/${id}/initChild`)).body.name).toMatch(/^Branch of/)
  })
})

describe('functions that a stack serves', () => {
  const answers: Record<string, (options: Record<string, Record<string, unknown>>) => [number, unknown]> = {
    boom: () => [422, { errors: [{ code: 'x', message: 'not today' }] }],
    child: ({ parentIntegration }) => [200, { name: `Store of ${String(parentIntegration?.['name'])}` }],
  }
  const serve = async (): Promise<{ app: Published; stackId: string; asked: StackRequest[] }> => {
    const { hostURI, asked, close } = await startStack(
      ({ function: name, options }) => answers[name as string]?.(options as never) ?? [200, null],
    )
    onTestFinished(close)
    const stack = await make(api, 'stacks', { name: 'Own code', type: 'server', server: { hostURI } })
    const call = (name: string): object => ({ _stackId: stack._id, function: name })
    const app = await publish(api, {
      installSteps: [
        { name: 'One', type: 'hidden', ...call('step') },
        { name: 'Two', type: 'hidden', ...call('boom') },
      ],
      initChild: call('child'),
      update: call('update'),
      changeEdition: call('edition'),
    })
    await licensed(api, app)
    return { app, stackId: stack._id, asked }
  }

  test('are shown with where they are served', async () => {
    const { app, asked } = await serve()
    const { functions } = (await preview(app)).body
    expect(functions).toContainEqual({
      path: 'integration.installSteps.0.function',
      function: 'step',
      _stackId: expect.any(String) as string,
      stack: 'Own code',
      hostURI: expect.stringMatching(/^http:/) as string,
    })
    expect(asked).toEqual([])
  })

  test('are called by the protocol of stacks, for the app, with the options of scripts; what they refuse is refused', async () => {
    const { app, stackId, asked } = await serve()
    const id = (await install(app)).body._id
    expect((await take(id, 0)).status).toBe(200)
    const { systemToken } = (await api.call('GET', `/v1/stacks/${stackId}/systemToken`)).body
    expect(asked[0]).toMatchObject({
      authorization: `Bearer ${systemToken}`,
      body: { type: 'setting', function: 'step', _connectorId: app.connectorId, options: { _integrationId: id, resource: { _id: id } } },
    })
    expect(refusal(await take(id, 1))).toMatchObject({ status: 422, code: 'script_error' })
    answers['boom'] = () => [200, null]
    onTestFinished(() => void (answers['boom'] = () => [422, { errors: [{ code: 'x', message: 'not today' }] }]))
    expect((await take(id, 1)).body.mode).toBe('settings')
    const child = await theirs('POST', `/v1/integrations/${id}/initChild`)
    expect({ status: child.status, parent: child.body._parentId }).toEqual({ status: 200, parent: id })
    expect((await api.call('PUT', `/v1/connectors/${app.connectorId}/update`, { _integrationIds: [id] })).body).toMatchObject([
      { updated: true },
    ])
    const larger = await licensed(api, app, { _editionId: app.editions[1] })
    expect((await theirs('POST', `/v1/integrations/${id}/changeEdition`, { _licenseId: larger._id })).status).toBe(200)
    expect(asked.map(({ body }) => body['function'])).toEqual(['step', 'boom', 'boom', 'child', 'update', 'edition'])
    expect(asked.at(-1)?.body['options']).toMatchObject({ fromEdition: 'Starter', toEdition: 'Premium' })
  })

  test('call back with their one-time token, and what they did with it is undone with the rest', async () => {
    const calls: number[] = []
    const { hostURI, close } = await startStack(async ({ options }) => {
      const { bearerToken, resource } = options as { bearerToken: string; resource: { _id: string } }
      const headers = { authorization: `Bearer ${bearerToken}`, 'content-type': 'application/json' }
      const send = async (method: string, path: string, body: unknown): Promise<void> => {
        const { status } = await fetch(`${api.url}/v1/${path}`, { method, headers, body: JSON.stringify(body) })
        calls.push(status)
      }
      await send('POST', 'flows', { name: 'From afar', _integrationId: resource._id })
      await send('PUT', `integrations/${resource._id}/state/afar`, 1)
      return [422, { errors: [{ code: 'x', message: 'not today' }] }]
    })
    onTestFinished(close)
    const stack = await make(api, 'stacks', { name: 'Own code', type: 'server', server: { hostURI } })
    const app = await publish(api, { installSteps: [{ name: 'One', type: 'hidden', _stackId: stack._id, function: 'step' }] })
    await licensed(api, app)
    const id = (await install(app)).body._id
    expect(refusal(await take(id, 0))).toMatchObject({ status: 422, code: 'script_error' })
    expect(calls).toEqual([201, 200])
    expect((await theirs('GET', '/v1/flows?name=From%20afar')).status).toBe(204)
    expect((await theirs('GET', `/v1/integrations/${id}/state/afar`)).status).toBe(404)
  })

  test('are not called where the stack is served from elsewhere since it was shown', async () => {
    const { app, stackId, asked } = await serve()
    const id = (await install(app)).body._id
    const elsewhere = await startStack(() => [200, null])
    onTestFinished(elsewhere.close)
    const stack = { name: 'Own code', type: 'server', server: { hostURI: elsewhere.hostURI } }
    expect((await api.call('PUT', `/v1/stacks/${stackId}`, stack)).status).toBe(200)
    expect(refusal(await take(id, 0))).toEqual(changed)
    expect([...asked, ...elsewhere.asked]).toEqual([])
  })
})
