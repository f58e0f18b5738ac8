/** An Integration App as a publisher makes it, over the API: the template with its script, flows of two editions, the connector, and licences. */
import type { Answer, Api } from './api.ts'
import { make } from './flows.ts'

type Caller = Pick<Api, 'call'>

/** What the functions of the app do is told by its script. */
export const appScript = `
const { integrations, flows, connections } = require('integrator-api')
function connected(o) { integrations.update(o.resource._id, Object.assign({}, o.resource, { settings: { connection: o._connectionId } })) }
function form(o) { return { form: { fieldMap: { region: { id: 'region', name: 'region', type: 'select', required: true, options: [{ items: ['EU', 'US'] }] } } } } }
function formed(o) {
  const all = o.resource.installSteps
  const settings = Object.assign({}, integrations.get(o.resource._id).settings, { region: o.formSubmission.region, license: o.license && o.license.opts })
  integrations.update(o.resource._id, Object.assign({}, integrations.get(o.resource._id), { settings: settings }))
  if (o.formSubmission.region === 'US') return { installSteps: all.concat([{ name: 'Only in the US', type: 'hidden' }]) }
}
function boom(o) {
  flows.create({ name: 'half done' })
  integrations.update(o.resource._id, Object.assign({}, o.resource, { settings: { half: 'done' } }))
  throw new Error('no such luck')
}
function nothing() {}
function url(o) { return 'https://shop.example/' + o.resource._id }
function child(o) { return { name: 'Store of ' + o.parentIntegration.name, settings: { edition: o.parentLicense && o.parentLicense._editionId } } }
function edition(o) { integrations.update(o.integration._id, Object.assign({}, integrations.get(o.integration._id), { settings: { from: o.fromEdition, to: o.toEdition } })) }
function update(o) {
  const now = integrations.get(o.resource._id)
  if (now.settings && now.settings.breaks) { flows.create({ name: 'new in 2' }); throw new Error('cannot update this one') }
  integrations.update(now._id, Object.assign({}, now, { version: '2.0.0', updateInProgress: Boolean(now.settings && now.settings.hangs) }))
}
function ask(o) {
  const { state, settings, request } = require('integrator-api')
  const first = state.put('seen', 1)
  const changed = settings.update({ settings: { region: 'EU' } })
  const listed = request({ relativeURI: 'v1/integrations' }).body.map(function (each) { return each._id })
  const whole = request({ method: 'PUT', relativeURI: 'v1/state/seen', body: 1 }).statusCode
  const others = [o.resource.description].concat(listed).map(function (id) { return request({ relativeURI: 'v1/integrations/' + id }).statusCode })
  return { fieldMap: {}, got: { first: first, keys: state.list(), changed: changed, listed: listed, whole: whole, others: others, token: o.bearerToken } }
}
function spy(o) { return { installSteps: o.resource.installSteps, seen: [] } }
`

export interface Published {
  readonly connectorId: string
  readonly templateId: string
  readonly scriptId: string
  readonly connectionId: string
  readonly editions: readonly string[]
  readonly flowIds: readonly string[]
}

/** `fields` are more of the template integration; `{script}` in them is the id of the script. */
export async function publish(api: Caller, fields: object = {}, connector: object = {}): Promise<Published> {
  const script = await make(api, 'scripts', { name: 'App', content: appScript })
  const connection = await make(api, 'connections', {
    name: 'Shop',
    type: 'http',
    http: {
      baseURI: 'https://shop.example',
      mediaType: 'json',
      auth: { type: 'token', token: { token: 'publishers-own', location: 'header', headerName: 'x' } },
    },
  })
  const functions = (name: string): object => ({ _scriptId: script._id, function: name })
  const template = await make(api, 'integrations', {
    name: 'Template',
    version: '1.0.0',
    installSteps: [
      { name: 'Connect', type: 'connection', _connectionId: connection._id, ...functions('connected') },
      { name: 'Region', type: 'form', initFormFunction: 'form', ...functions('formed') },
      { name: 'Install', type: 'template_zip', templateZip: true },
    ],
    uninstallSteps: [{ name: 'Say goodbye', type: 'hidden', ...functions('nothing') }],
    initChild: functions('child'),
    update: functions('update'),
    changeEdition: functions('edition'),
    ...(JSON.parse(JSON.stringify(fields).replaceAll('{script}', script._id)) as object),
  })
  const flowIds: string[] = []
  for (const name of ['Basic', 'Extra', 'Of children']) {
    const source = await make(api, 'exports', {
      name,
      adaptorType: 'HTTPExport',
      _connectionId: connection._id,
      http: { method: 'GET', relativeURI: `/${name}` },
    })
    const flow = { name, _integrationId: template._id, pageGenerators: [{ _exportId: source._id }] }
    flowIds.push((await make(api, 'flows', flow))._id)
  }
  const [basic, extra, ofChildren] = flowIds
  const made = await make(api, 'connectors', {
    name: 'Shop app',
    published: true,
    framework: 'twoDotZero',
    twoDotZero: {
      _integrationId: template._id,
      editions: [
        { displayName: 'Starter', order: 0, resources: { flows: [basic] }, childResources: { flows: [ofChildren] } },
        { displayName: 'Premium', order: 1, resources: { flows: [basic, extra] }, childResources: { flows: [ofChildren] } },
      ],
    },
    ...connector,
  })
  const editions = (made.twoDotZero.editions ?? []).map(({ _id }: { _id: string }) => _id)
  return { connectorId: made._id, templateId: template._id, scriptId: script._id, connectionId: connection._id, editions, flowIds }
}

/** A licence for the stranger's account, for the first edition where there is one. */
export async function licensed(
  api: Caller,
  { connectorId, editions = [] }: { readonly connectorId: string; readonly editions?: readonly string[] },
  terms: object = {},
): Promise<Answer['body']> {
  const body = { user: { email: 'stranger@example.com' }, ...(editions[0] && { _editionId: editions[0] }), ...terms }
  const answer = await api.call('POST', `/v1/connectors/${connectorId}/licenses`, body)
  if (answer.status !== 201) throw new Error(`no licence: ${answer.text}`)
  return answer.body
}

/** Installs the app in the stranger's account, through all of its steps. */
export async function installed(api: Api, published: Published, terms: object = {}): Promise<string> {
  await licensed(api, published, terms)
  const { body } = await api.stranger('POST', `/v1/connectors/${published.connectorId}/install`)
  const steps: object[] = [
    { connection: { name: 'Mine', http: { baseURI: 'https://mine.example', mediaType: 'json' } } },
    { formSubmission: { region: 'EU' } },
    {},
  ]
  for (const [index, sent] of steps.entries()) {
    const answer = await api.stranger('POST', `/v1/integrations/${body._id}/installSteps/${index}`, sent)
    if (answer.status !== 200) throw new Error(`step ${index}: ${answer.text}`)
  }
  return body._id
}
