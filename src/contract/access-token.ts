/** An access token: what a program shows in place of its user. Not a document: its secret is kept as a hash, and shown once. */
import { Type, type TArray, type TString } from 'typebox'
import { dateTime, mask, objectId, ref } from './kit.ts'
import { tokenLevels } from './operation.ts'
import { choice, flag, list, optional, text } from './shared/schema-helpers.ts'

/** The longest that a token with an end lasts: the account's own, and one of a user who works in it through a share. In days. */
export const maxDaysToPurge = { user: 30, ashare: 90 } as const
/** Integrations that one token is for. */
const maxIntegrations = 100
/** Documents of one type that one token is for. */
const maxListed = 1000

/** What a token can be for, by the field that lists it. */
export const scopeFields = {
  _connectionIds: 'connections',
  _exportIds: 'exports',
  _importIds: 'imports',
  _apiIds: 'apis',
  _mcpServerIds: 'mcpservers',
} as const
export type ScopeField = keyof typeof scopeFields

/** What a token for MCP servers may do there. */
export const mcpScopes = ['mcp:read', 'mcp:write'] as const

const scopes = Object.fromEntries(
  Object.entries(scopeFields).map(([field, collection]) => [
    field,
    list(ref(collection), `The ${collection} that the token is for: it reads, changes and invokes these, and does nothing else.`, {
      maxItems: maxListed,
    }),
  ]),
) as Record<ScopeField, TArray<TString>>

const integrationLevels = list(
  Type.Object({
    _integrationId: objectId({ description: 'The integration.' }),
    level: choice(
      tokenLevels,
      '`read`: its files, state, revisions and what differs between states. `plan`: also what a pull, a revert or files would do. `apply`: also pulls, reverts, snapshots and imports of files. A pull needs its source listed too, with any level.',
    ),
  }),
  'The integrations that the token is for, as a pipeline needs them: nothing else is open to it. Not together with other lists. A token of production may also read direct relatives of these in other environments.',
  { maxItems: maxIntegrations, 'x-sluice-extension': true },
)

const settable = {
  name: text('What people call it.', { minLength: 1, maxLength: 200 }),
  ...optional({
    description: text('What it is for.', { maxLength: 1000 }),
    fullAccess: flag('True for everything that its user may do. Otherwise it is for what the lists name; one of the two has to be said.'),
    ...scopes,
    mcpScopes: list(
      choice(mcpScopes, '`mcp:read`: list the tools, and call those that only read (`readOnlyHint`). `mcp:write`: call all of them.'),
      'What the token may do at the MCP servers that it is for. It calls them then, and does nothing else with them; where this is absent it may do everything there.',
      { maxItems: mcpScopes.length, 'x-sluice-extension': true },
    ),
    integrationLevels,
    autoPurgeAt: dateTime({
      description: `When it ends and is removed, at most ${maxDaysToPurge.user} days ahead, or ${maxDaysToPurge.ashare} for who works in the account through a share. It stays until it is deleted where this is absent.`,
    }),
  }),
}
const revoked = flag(
  'True ends it: it is nobody within a second. Required before it is deleted. Left out of an update it stays as it is; a token that was revoked stays revoked.',
)
const readOnly = { readOnly: true }

export const AccessTokenRequest = Type.Object(
  {
    ...settable,
    _envId: Type.Optional(
      objectId({ description: "Environment that it works in; the caller's where it is absent.", 'x-sluice-extension': true }),
    ),
  },
  { description: 'What a new token is for.' },
)
export const AccessTokenUpdate = Type.Object({ ...settable, revoked: Type.Optional(revoked) }, { description: 'What a token is for.' })

export const AccessToken = Type.Object(
  {
    _id: objectId({ ...readOnly, description: 'Identifies the token, and is not it.' }),
    token: text(`The token itself, in the answer that makes it; \`${mask}\` ever after.`, readOnly),
    ...settable,
    revoked,
    tokenType: choice(['user', 'ashare'], 'Whether its user is the owner of the account, or works in it through a share.', readOnly),
    _aShareId: Type.Optional(
      objectId({ ...readOnly, description: 'The share. The token may do what the share allows, and ends with it.' }),
    ),
    _userId: objectId({ ...readOnly, description: 'Whose token it is.' }),
    _envId: objectId({ ...readOnly, description: 'Environment that it works in.' }),
    createdAt: dateTime({ ...readOnly, description: 'When it was made, in UTC.' }),
    lastModified: dateTime({ ...readOnly, description: 'When it was last changed, in UTC.' }),
  },
  { description: 'An access token.' },
)
