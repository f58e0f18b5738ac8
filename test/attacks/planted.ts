/** An account with an integration that is shared with an intruder and one that is not, and a script of the intruder's that tries everything it could want. */
import type { Api } from '../harness/api.ts'
import type { Application } from '../harness/application.ts'
import { colleague, type Colleague } from '../harness/colleague.ts'
import { importOf, make, makeConnection } from '../harness/flows.ts'

export interface Scene {
  readonly intruder: Colleague
  readonly open: string
  readonly hidden: string
  /** Lies in the open integration. */
  readonly openConnection: string
  /** Has a secret, and lies in the hidden integration. */
  readonly hiddenConnection: string
}

let scenes = 0

/** Everything that is not shared is asked for at the application. */
export async function scene(api: Api, application: Application): Promise<Scene> {
  const open = (await make(api, 'integrations', { name: 'Open' }))._id as string
  const hidden = (await make(api, 'integrations', { name: 'Hidden' }))._id as string
  const openConnection = await makeConnection(api, application)
  const auth = { type: 'token', token: { token: 'of-the-hidden-connection', location: 'header', headerName: 'x-key' } }
  const hiddenConnection = await makeConnection(api, application, { auth })
  await api.call('PUT', `/v1/integrations/${open}/connections/${openConnection}/register`)
  await api.call('PUT', `/v1/integrations/${hidden}/connections/${hiddenConnection}/register`)
  const integrationAccessLevel = [{ _integrationId: open, accessLevel: 'manage' }]
  const intruder = await colleague(api, `intruder-${++scenes}@example.com`, { integrationAccessLevel })
  return { intruder, open, hidden, openConnection, hiddenConnection }
}

/** `tryAll` tells what it got hold of; `preSave`, `init`, `preMap` and `preSavePage` call it. The token is turned round, since a mask knows its beginning. */
export const greedy = ({ open, hidden, hiddenConnection }: Scene): string => `
const api = require('integrator-api')
const tried = (work) => { try { return work() } catch (error) { return error.code } }
const names = (list) => list.map((each) => each.name)
function tryAll({ bearerToken }) {
  return {
    integrations: tried(() => names(api.integrations.find())),
    connections: tried(() => api.connections.find().length),
    own: tried(() => api.state.put({ key: 'seen', value: 1, _integrationId: '${open}' })),
    changed: tried(() => api.integrations.update({ _id: '${hidden}', name: 'taken' }).name),
    ran: tried(() => api.exports.runVirtual({ export: { http: { method: 'GET', relativeURI: '/source/stolen' } }, _connectionId: '${hiddenConnection}' })),
    pinged: tried(() => api.connections.ping('${hiddenConnection}')),
    moved: tried(() => api.request({ method: 'PUT', relativeURI: 'v1/connections/${hiddenConnection}', body: { name: 'x', type: 'http' } }).statusCode),
    made: tried(() => api.integrations.create({ name: 'mine of ${open}' }).name),
    state: tried(() => api.request({ relativeURI: 'v1/state' }).statusCode),
    token: bearerToken.split('').reverse().join(''),
  }
}
function preSave(o) { o.newResource.settings = { got: tryAll(o) }; return o.newResource }
function init(o) { return { fieldMap: {}, got: tryAll(o) } }
function preMap(o) { const got = tryAll(o); return o.data.map(() => ({ data: got })) }
function preSavePage(o) { return { data: [tryAll(o)] } }
`

/** What `tryAll` gets hold of in the open integration and nowhere else. */
export const onlyOpen = {
  integrations: ['Open'],
  changed: 'not_found',
  ran: 'not_found',
  pinged: 'not_found',
  moved: 404,
  made: 'access_denied',
  state: 403,
}

/** Nothing at all. */
export const nothing = { ...onlyOpen, integrations: [], connections: 0, own: 'not_found', state: 403 }

export const tokenIn = ({ token }: { readonly token: string }): string => token.split('').toReversed().join('')

export const imported = (scene: Scene, fields: object): object =>
  importOf('sink', scene.openConnection, { _integrationId: scene.open, ...fields })
