/** Signing a connection in at its application, where a person has to agree, and giving back what was obtained. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'
import { text } from '../../shared/schema-helpers.ts'

/** How long a person may take to agree, from the address to the way back. Milliseconds. */
export const authorizationMs = 15 * 60 * 1000

const common = {
  tag: 'connections',
  params: Type.Object({ _id: objectId({ description: 'Id of the connection.' }) }),
  access: 'manage',
  extent: 'environment',
} as const

export const authorizations = {
  getAuthorizationURL: {
    ...common,
    method: 'GET',
    path: '/v1/connections/:_id/oauth2',
    summary: 'Get the address at which a person signs a connection in',
    description:
      'For connections of `http.auth.type` `oauth` with the grant type `authorizecode`. Opened in a browser, the address leads to the page of the application where a person agrees, and back to `/connection/oauth2callback` of this server, which keeps what the application hands out and says how it went, or leads on to `http.auth.oauth.oauth2RedirectUrl`. The address that leads back has to be known to the application: it is `redirectUri` of the iClient, or `/connection/oauth2callback` at the host that this request was made to. It can be used once, for 15 minutes.',
    status: 200,
    result: Type.Object({
      authorizationURL: text('Address to open in a browser.'),
      expiresAt: dateTime({ description: 'Until when it can be used, in UTC.' }),
    }),
    errors: ['not_found', 'connection_not_authorizable'],
  },
  signOutConnection: {
    ...common,
    method: 'DELETE',
    path: '/v1/connections/:_id/oauth2',
    summary: 'Give back what a connection obtained by signing in',
    description:
      'Forgets the tokens and cookies that the connection obtained, and tells the application so where `http.auth.token.revoke` or `oauth2.revoke` of the iClient says how; where that fails, `Sluice-Warning` says so. A connection that a person has signed in needs that again; all others sign in by themselves with their next request.',
    status: 204,
    errors: ['not_found'],
    extension: true,
  },
} as const satisfies Record<string, Operation>
