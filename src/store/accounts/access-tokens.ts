/** Access tokens without their secrets. */
import type { AccessTokenRow, AccessTokens } from '../../domain/ports/access-tokens.ts'
import type { Client } from '../database/pool.ts'

const columns = `account_id as "accountId", _id, env_id as "envId", user_id as "userId", ashare_id as "ashareId", name, description, scopes,
  revoked_at is not null as revoked, auto_purge_at as "autoPurgeAt", created_at as "createdAt", coalesce(last_modified, created_at) as "lastModified"`
const lasts = `(auto_purge_at is null or auto_purge_at > now())`

export const accessTokenRows = (db: Client): AccessTokens => {
  const select = async (where: string, values: unknown[], tail = ''): Promise<AccessTokenRow[]> => {
    const { rows } = await db.query<Selected>(`select ${columns} from sluice.tokens where ${where} and ${lasts} ${tail}`, values)
    return rows.map(toTokenRow)
  }
  return {
    list: (accountId, userId, envId, skip, limit) =>
      select(
        `account_id = $1 and ($2::text is null or user_id = $2) and ($3::text is null or env_id = $3)`,
        [accountId, userId ?? null, envId ?? null, skip, limit],
        'order by _id offset $4 limit $5',
      ),
    find: async (accountId, id) => (await select('account_id = $1 and _id = $2', [accountId, id]))[0],
    lock: async (accountId, id) => (await select('account_id = $1 and _id = $2', [accountId, id], 'for update'))[0],
    async add(token, hash) {
      await db.query(
        `insert into sluice.tokens (account_id, _id, env_id, user_id, ashare_id, name, description, scopes, scope, auto_purge_at, created_at, last_modified, hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
        [
          token.accountId,
          token._id,
          token.envId,
          token.userId,
          token.ashareId ?? null,
          ...settableOf(token),
          token.createdAt,
          token.lastModified,
          hash,
        ],
      )
    },
    async replace(token) {
      await db.query(
        `update sluice.tokens set name = $3, description = $4, scopes = $5, scope = $6, auto_purge_at = $7, last_modified = $8,
           revoked_at = case when $9 then coalesce(revoked_at, $8) end, of_setting = of_setting and not $9
         where account_id = $1 and _id = $2`,
        [token.accountId, token._id, ...settableOf(token), token.lastModified, token.revoked],
      )
    },
    async remove(accountId, id) {
      await db.query(`delete from sluice.tokens where account_id = $1 and _id = $2`, [accountId, id])
    },
    async purgeEnded(limit) {
      const { rowCount } = await db.query(
        `delete from sluice.tokens where hash in (select hash from sluice.tokens where auto_purge_at <= now() order by auto_purge_at limit $1)`,
        [limit],
      )
      return rowCount ?? 0
    },
  }
}

const settableOf = ({ name, description, scopes, autoPurgeAt }: AccessTokenRow): unknown[] => [
  name,
  description ?? null,
  scopes ? JSON.stringify(scopes) : null,
  scopes ? 'custom' : '*',
  autoPurgeAt ?? null,
]

type Nullable<T> = { [K in keyof T]-?: undefined extends T[K] ? Exclude<T[K], undefined> | null : T[K] }
type Selected = Omit<Nullable<AccessTokenRow>, 'autoPurgeAt' | 'createdAt' | 'lastModified'> & {
  autoPurgeAt: Date | null
  createdAt: Date
  lastModified: Date
}

const toTokenRow = ({ ashareId, description, scopes, autoPurgeAt, createdAt, lastModified, ...row }: Selected): AccessTokenRow => ({
  ...row,
  ...(ashareId !== null && { ashareId }),
  ...(description !== null && { description }),
  ...(scopes !== null && { scopes }),
  ...(autoPurgeAt !== null && { autoPurgeAt: autoPurgeAt.toISOString() }),
  createdAt: createdAt.toISOString(),
  lastModified: lastModified.toISOString(),
})
