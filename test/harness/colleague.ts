/** A user with whom the owner's account is shared, for tests of what such a user may do. */
import { addUser } from '../../src/domain/accounts/accounts.ts'
import type { Answer, Api } from './api.ts'

export interface Colleague {
  readonly _id: string
  readonly email: string
  readonly ashareId: string
  readonly token: string
  /** In the owner's account. */
  readonly call: Api['call']
  /** In the account of their own. */
  readonly alone: Api['call']
}

/** Invited on these terms, and accepted by default. */
export async function colleague(api: Api, email: string, terms: object, { accepts = true } = {}): Promise<Colleague> {
  const { _id, token } = await addUser(api.world, email)
  const invited = await api.call('POST', '/v1/invite', { email, ...terms })
  if (invited.status !== 201) throw new Error(`${email} was not invited: ${invited.text}`)
  const ashareId: string = invited.body._id
  const alone: Api['call'] = (method, path, body, headers = {}): Promise<Answer> =>
    api.call(method, path, body, { authorization: `Bearer ${token}`, ...headers })
  if (accepts) await alone('PUT', `/v1/ashares/${ashareId}/accept`)
  const call: Api['call'] = (method, path, body, headers = {}) => alone(method, path, body, { 'integrator-ashareid': ashareId, ...headers })
  return { _id, email, ashareId, token, call, alone }
}
