/** What is called by others than clients of the API, for its OpenAPI document: applications that send events, browsers that come back from a sign-in, mail programs, programs that speak MCP. */

type Json = Record<string, unknown>

const tag = 'Called from outside'
const errors = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }
const failing = (codes: Readonly<Record<number, string>>): Json =>
  Object.fromEntries(Object.entries(codes).map(([status, description]) => [status, { description, content: errors }]))
const inPath = (name: string, description: string): Json => ({ in: 'path', name, required: true, description, schema: { type: 'string' } })
const inQuery = (name: string, description: string): Json => ({
  in: 'query',
  name,
  required: false,
  description,
  schema: { type: 'string' },
})

const exportId = inPath('_id', 'The id of the webhook: an export of the type `webhook`.')
const secretInPath = inPath('secret', '`webhook.token`, where `webhook.verify` is `secret_url`.')

const event = (operationId: string, summary: string, parameters: readonly Json[]): Json => ({
  operationId,
  tags: [tag],
  summary,
  description:
    'Kept for each flow that is on and begins with this webhook; a success means that the event is in the database. Who sends proves itself as `webhook.verify` says: by the secret in the address, a token, a user name and password, or a signature of the bytes of the body. A challenge is answered as `webhook` says, and kept nowhere. `PUT` does the same, and `GET` answers challenges.',
  security: [],
  parameters,
  requestBody: {
    description: '5 MB at the most. Read as `webhook.requestMediaType` says, else as the `Content-Type` does, else as JSON.',
    content: Object.fromEntries(
      ['application/json', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data', 'text/csv', 'text/plain'].map(
        (type) => [type, { schema: {}, ...(type === 'application/json' && { example: { id: 7, total: 19.5 } }) }],
      ),
    ),
  },
  responses: {
    204: { description: 'The event is kept. Another status, with a body and headers, where `webhook` names them.' },
    ...failing({
      400: '`webhook_unreadable`: the body is not what its type says.',
      401: '`webhook_unverified`: the sender did not prove who it is.',
      404: '`webhook_unknown`: there is no such webhook.',
      413: '`request_too_large`',
      422: '`webhook_not_usable`: the webhook cannot answer as it is set.',
      429: '`webhook_full`, `rate_limited`: come again after the seconds of `Retry-After`.',
      503: '`webhook_flow_off`: no flow that begins with this webhook is on, and nothing was kept.',
    }),
  },
})

const unsubscription = (operationId: string, summary: string, description: string): Json => ({
  operationId,
  tags: [tag],
  summary,
  description,
  'x-sluice-extension': true,
  security: [],
  parameters: [inQuery('token', 'As it stands in the mail: it is signed, and says whose mails they are.')],
  responses: {
    200: { description: 'A page.', content: { 'text/html': {} } },
    404: { description: 'A page that says that the link is none of this server.', content: { 'text/html': {} } },
  },
})

export const outsidePaths: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '/v1/exports/{_id}/data': { post: event('sendEvent', 'Send an event to a webhook', [exportId]) },
  '/v1/exports/{_id}/{secret}/data': {
    post: event('sendEventWithSecret', 'Send an event to a webhook whose address holds its secret', [exportId, secretInPath]),
  },
  '/v1/mcp/{relativeURI}': {
    post: {
      operationId: 'callMcpServer',
      tags: [tag],
      summary: 'Speak to an MCP server of the account',
      description:
        'Streamable HTTP of the Model Context Protocol: a message of JSON-RPC, or a list of them. Each request stands for itself; there are no sessions and no streams. The token needs the scope `mcp:read`, and `mcp:write` for tools that change something.',
      'x-sluice-extension': true,
      parameters: [inPath('relativeURI', 'Of the MCP server, without its slash.')],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: {}, example: { jsonrpc: '2.0', id: 1, method: 'tools/list' } } },
      },
      responses: {
        200: {
          description: 'The answer, a message of JSON-RPC.',
          content: { 'application/json': { schema: {}, example: { jsonrpc: '2.0', id: 1, result: { tools: [] } } } },
        },
        202: { description: 'Messages that ask for no answer were taken.' },
        ...failing({ 401: 'No valid bearer token.', 404: '`access_restricted`: there is no such MCP server.' }),
      },
    },
  },
  '/connection/oauth2callback': {
    get: {
      operationId: 'finishAuthorization',
      tags: [tag],
      summary: 'Come back from the application where a person agreed',
      description:
        'Browsers are led here by the application. What it hands out is kept with the connection that the authorization was begun for, and a page says how it went, or the browser is led on to `http.auth.oauth.oauth2RedirectUrl`.',
      security: [],
      parameters: [
        inQuery('state', 'As it was given to the application.'),
        inQuery('code', 'What the application hands out.'),
        inQuery('error', 'Why it does not.'),
        inQuery('error_description', 'The same in words.'),
      ],
      responses: {
        200: { description: 'A page that says that the connection is signed in.', content: { 'text/html': {} } },
        302: { description: 'Signed in: on to the page that the connection names.' },
        400: { description: 'A page that says why not.', content: { 'text/html': {} } },
      },
    },
  },
  '/downloads/template': {
    get: {
      operationId: 'downloadTemplate',
      tags: [tag],
      summary: 'Download an integration or a flow by its link',
      description: 'Where the `signedURL` of `GET /v1/integrations/{_id}/template` and `GET /v1/flows/{_id}/template` leads.',
      'x-sluice-extension': true,
      security: [],
      parameters: [inQuery('token', 'As it stands in the link: it is signed, and says what of, for whom and until when.')],
      responses: {
        200: { description: 'The archive.', content: { 'application/zip': { schema: { type: 'string', format: 'binary' } } } },
        ...failing({
          403: '`access_denied`: the user of the link may not see it any more.',
          404: '`invalid_ref`: the link is not complete, its time is over, or what it is of is gone.',
          422: '`too_many_resources`',
          429: '`rate_limited`: come again after the seconds of `Retry-After`.',
        }),
      },
    },
  },
  '/notifications/unsubscribe': {
    get: unsubscription(
      'showUnsubscribing',
      'Show the button that ends mails',
      'Where the link in a mail leads. It changes nothing by itself.',
    ),
    post: unsubscription(
      'unsubscribe',
      'End mails',
      'What the button does, and what mail programs send where somebody unsubscribes in them (RFC 8058). No notifications are sent to the address any more.',
    ),
  },
}

/** As the document names them. */
export const outsideIds: readonly string[] = Object.values(outsidePaths).flatMap((methods) =>
  Object.values(methods).map(({ operationId }) => operationId as string),
)
