/** An environment of the owner's account besides production, and what is done there, with a token that works in it. */
import type { Api } from './api.ts'
import { make } from './flows.ts'

export interface MadeEnvironment {
  readonly _id: string
  readonly token: string
  readonly call: Api['call']
}

export async function makeEnvironment(api: Api, name = 'Sandbox'): Promise<MadeEnvironment> {
  const { _id } = await make(api, 'environments', { name })
  const { token } = await make(api, 'accesstokens', { name, fullAccess: true, _envId: _id })
  return {
    _id,
    token,
    call: (method, path, body, headers) => api.call(method, path, body, { authorization: `Bearer ${token}`, ...headers }),
  }
}
