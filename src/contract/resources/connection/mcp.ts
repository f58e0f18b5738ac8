/** Connections to servers of the Model Context Protocol, whose tools agents and flows may call. */
import { ref } from '../../kit.ts'
import { choice, list, optional, requireIf, number, object, text, texts } from '../../shared/schema-helpers.ts'
import { oauth } from './oauth.ts'
import { encrypted, unencrypted, wholeHeader } from './parts.ts'
import { token } from './token.ts'

const auth = object(
  'How requests prove who sends them.',
  { type: choice(['token', 'oauth', 'custom'], 'Kind of proof. `custom` leaves it to templated headers.'), ...optional({ token, oauth }) },
  requireIf({ field: 'type', is: ['token'], need: ['token'] }),
)

export const mcp = object('A server of the Model Context Protocol. Required for type `mcp`.', {
  serverURL: text('Address of the server. Handlebars.'),
  http: object('How the server is reached.', {
    auth,
    ...optional({
      _iClientId: ref('iclients', { description: 'Client document that holds the OAuth client.' }),
      headers: list(wholeHeader, 'Headers of every request.'),
      unencrypted,
      encrypted,
    }),
  }),
  ...optional({
    protocol: choice(['http'], 'How messages travel.', { readOnly: true, default: 'http' }),
    timeout: number('Milliseconds to wait for a tool.', { default: 600_000 }),
    allowedTools: texts('Names of the tools that may be called; all of them where it is absent.'),
  }),
})
