/** Accounts, users and their tokens. A token is looked up by its hash alone: until it is known, so is no account. */
import { SetupError } from '../../domain/errors.ts'
import type { AShareDoc, User } from '../../domain/ports/ashares.ts'
import { shareRights } from '../../domain/accounts/shared-ashares.ts'
import { inForce } from './ashares.ts'
import { narrowToToken } from '../../domain/access/scopes.ts'
import type { Client } from '../database/pool.ts'
import type { Accounts, Identity } from '../../domain/ports/accounts.ts'

export const accountRows = (db: Client): Accounts => ({
  identify: (hash) => identify(db, hash),
  async findAccount(envId) {
    const { rows } = await db.query<{ account: string }>(
      `select env_id as account from sluice.documents where collection = 'environments' and _id = $1 and deleted_at is null`,
      [envId],
    )
    return rows[0]?.account
  },
  readRights: (of) => readRights(db, of),
  async findFirst() {
    const { rows } = await db.query<{ _id: string }>(`select _id from sluice.accounts order by created_at, _id limit 1`)
    return rows[0]?._id
  },
  async lockFirst() {
    await db.query(`lock table sluice.accounts in share row exclusive mode`)
    const { rows } = await db.query<{ _id: string }>(`select _id from sluice.accounts order by created_at, _id limit 1`)
    return rows[0]?._id
  },
  async revokeSettingTokens(accountId, but, at) {
    await db.query(
      `update sluice.tokens set revoked_at = $3, last_modified = $3 where account_id = $1 and of_setting and hash <> $2 and revoked_at is null`,
      [accountId, but, at],
    )
  },
  async addAccount({ _id, name, createdAt }) {
    await db.query(`insert into sluice.accounts (_id, name, created_at) values ($1, $2, $3)`, [_id, name, createdAt])
  },
  async addUser({ _id, email, name, createdAt }) {
    const { rowCount } = await db.query(
      `insert into sluice.users (_id, email, name, created_at) values ($1, $2, $3, $4) on conflict do nothing`,
      [_id, email, name, createdAt],
    )
    return rowCount === 1
  },
  findUser: async (id) => (await users(db, 'where _id = $1', [id]))[0],
  findUserByEmail: async (email) => (await users(db, 'where lower(email) = lower($1)', [email]))[0],
  async changeEmail(id, email) {
    await db.query(`update sluice.users set email = $2 where _id = $1`, [id, email])
  },
  listUsers: () => users(db, 'order by created_at, _id', []),
  async addToken({ _id, accountId, envId, userId, name, hash, createdAt, ofSetting = false }) {
    // One that another took the place of may be set again; one that somebody revoked stays revoked.
    const { rowCount } = await db.query(
      `insert into sluice.tokens as t (account_id, env_id, _id, user_id, name, hash, created_at, of_setting) values ($1, $7, $2, $3, $4, $5, $6, $8)
       on conflict (hash) do update set name = excluded.name, revoked_at = null where t.account_id = $1 and t.user_id = $3 and t.revoked_at is not null and t.of_setting`,
      [accountId, _id, userId, name, hash, createdAt, envId, ofSetting],
    )
    if (rowCount === 0) throw new SetupError("This token is in use already, was somebody else's, or was revoked: choose another.")
  },
})

async function users(db: Client, which: string, values: unknown[]): Promise<User[]> {
  const { rows } = await db.query<User & { createdAt: Date }>(
    `select _id, email, name, created_at as "createdAt" from sluice.users ${which}`,
    values,
  )
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
}

/** One look-up by hash, and by key whatever it hangs on: the environment, and the share of a token in an account that is not its user's. */
async function identify(db: Client, hash: Buffer): Promise<Identity | undefined> {
  const { rows } = await db.query<Pick<Identity, 'accountId' | 'envId' | 'userId' | 'scope'> & Hanging>({
    name: 'token-identify',
    text: `select t.account_id as "accountId", t.env_id as "envId", t.user_id as "userId", t.scope, t.scopes, t._id as "tokenId", t.ashare_id as "ashareId", s.doc as share
           from sluice.tokens t left join lateral (
             select s.doc from sluice.ashares s join sluice.users u on u._id = t.user_id and lower(u.email) = lower(s.email)
             where s.account_id = t.account_id and s._id = t.ashare_id and ${inForce('s')}) s on true
           where t.hash = $1 and t.revoked_at is null and (t.auto_purge_at is null or t.auto_purge_at > now())
             and (t.ashare_id is null or s.doc is not null)
             and exists (select from sluice.documents e where e.env_id = t.account_id and e.collection = 'environments' and e._id = t.env_id and e.deleted_at is null)`,
    values: [hash],
  })
  if (!rows[0]) return undefined
  const { scopes, ashareId, tokenId, share, ...identity } = rows[0]
  const caller = {
    ...identity,
    // A token of production is one of the whole account.
    ...(identity.envId !== identity.accountId && { isEnvironmentToken: true as const }),
    ...(scopes && { scopes }),
    ...(ashareId !== null && { ashareId, isShareToken: true as const }),
    ...(share ? shareRights(share) : { level: 'owner' as const }),
  }
  return narrowToToken(caller, tokenId)
}

async function readRights(
  db: Client,
  { accountId, envId, userId, ashareId }: Pick<Identity, 'accountId' | 'envId' | 'userId' | 'ashareId'>,
): Promise<Pick<Identity, 'level' | 'reach'> | undefined> {
  const { rows } = await db.query<Pick<Hanging, 'share'>>({
    name: 'account-standing',
    text: `select s.doc as share from sluice.users u left join lateral (
             select s.doc from sluice.ashares s
             where s.account_id = $1 and lower(s.email) = lower(u.email) and ($4::text is null or s._id = $4) and ${inForce('s')} limit 1) s on true
           where u._id = $3 and ((u._id = $1 and $4::text is null) or s.doc is not null)
             and exists (select from sluice.documents e where e.env_id = $1 and e.collection = 'environments' and e._id = $2 and e.deleted_at is null)`,
    values: [accountId, envId, userId, ashareId ?? null],
  })
  if (!rows[0]) return undefined
  return userId === accountId || !rows[0].share ? { level: 'owner' } : shareRights(rows[0].share)
}

interface Hanging {
  scopes: Identity['scopes'] | null
  tokenId: string
  ashareId: string | null
  share: AShareDoc | null
}
