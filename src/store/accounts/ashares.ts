/** Account shares. Their users are found by address, so that a share may wait for somebody. */
import type { AShareDoc, AShareRow, AShares, User } from '../../domain/ports/ashares.ts'
import type { Client } from '../database/pool.ts'

/** How often it is written down that somebody works through a share. */
const signInEvery = '5 minutes'

const userColumns = (table: string, as: string): string =>
  `${table}._id as "${as}Id", ${table}.email as "${as}Email", ${table}.name as "${as}Name", ${table}.created_at as "${as}CreatedAt"`
const columns = `s.account_id as "accountId", s.email, s.doc, s.last_sign_in as "lastSignIn", ${userColumns('u', 'user')}, ${userColumns('o', 'owner')}`
const joined = `
  sluice.ashares s join sluice.users o on o._id = s.account_id left join sluice.users u on lower(u.email) = lower(s.email)`
/** Of the user $1. */
const ofUser = `lower(s.email) = (select lower(email) from sluice.users where _id = $1)`
export const inForce = (share: string): string =>
  `${share}.doc @> '{"accepted": true}' and not ${share}.doc @> '{"disabled": true}' and not ${share}.doc @> '{"dismissed": true}'`

export const ashareRows = (db: Client): AShares => {
  const select = async (where: string, values: unknown[], tail = ''): Promise<AShareRow[]> => {
    const { rows } = await db.query<SelectedRow>(`select ${columns} from ${joined} where ${where} ${tail}`, values)
    return rows.map(toShareRow)
  }
  return {
    list: (accountId, skip, limit) => select('s.account_id = $1', [accountId, skip, limit], 'order by s._id offset $2 limit $3'),
    find: async (accountId, id) => (await select('s.account_id = $1 and s._id = $2', [accountId, id]))[0],
    lock: async (accountId, id) => (await select('s.account_id = $1 and s._id = $2', [accountId, id], 'for update of s'))[0],
    lockForUser: async (userId, id) => (await select(`${ofUser} and s._id = $2`, [userId, id], 'for update of s'))[0],
    listByUser: (userId, limit) =>
      select(
        `${ofUser} and not s.doc @> '{"disabled": true}' and not s.doc @> '{"dismissed": true}'`,
        [userId, limit],
        'order by s._id limit $2',
      ),
    listByIntegration: (accountId, integrationId, limit) =>
      select(
        `s.account_id = $1 and (s.doc ? 'accessLevel' or s.doc -> 'integrationAccessLevel' @> jsonb_build_array(jsonb_build_object('_integrationId', $2::text)))`,
        [accountId, integrationId, limit],
        'order by s._id limit $3',
      ),

    async add(accountId, email, doc) {
      const { rowCount } = await db.query(
        `insert into sluice.ashares (account_id, _id, email, doc) values ($1, $2, $3, $4) on conflict do nothing`,
        [accountId, doc._id, email, JSON.stringify(doc)],
      )
      return rowCount === 1
    },
    async replace(accountId, doc) {
      await db.query(`update sluice.ashares set doc = $3 where account_id = $1 and _id = $2`, [accountId, doc._id, JSON.stringify(doc)])
    },
    async remove(accountId, id) {
      await db.query(
        `with tokens as (delete from sluice.tokens where account_id = $1 and ashare_id = $2)
         delete from sluice.ashares where account_id = $1 and _id = $2`,
        [accountId, id],
      )
    },

    enter: (userId, id) => enter(db, userId, id),
    filterIntegrations: (accountId, ids) => integrationsOf(db, accountId, ids),
    findMember: (accountId, email, integrationId) => member(db, accountId, email, integrationId),
  }
}

async function enter(db: Client, userId: string, id: string): ReturnType<AShares['enter']> {
  const { rows } = await db.query<{ accountId: string; doc: AShareDoc }>({
    name: 'ashare-enter',
    text: `with entered as (
             select account_id, _id, doc, last_sign_in from sluice.ashares s where ${ofUser} and _id = $2 and ${inForce('s')}),
           noted as (
             update sluice.ashares s set last_sign_in = now() from entered e
             where s.account_id = e.account_id and s._id = e._id and (e.last_sign_in is null or e.last_sign_in < now() - interval '${signInEvery}'))
           select account_id as "accountId", doc from entered`,
    values: [userId, id],
  })
  return rows[0]
}

async function integrationsOf(db: Client, accountId: string, ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select distinct i._id as id from sluice.documents v
       join sluice.documents i on i.env_id = v._id and i.collection = 'integrations' and i._id = any($2) and i.deleted_at is null
     where v.env_id = $1 and v.collection = 'environments' and v.deleted_at is null`,
    [accountId, ids],
  )
  return rows.map((row) => row.id)
}

async function member(db: Client, accountId: string, email: string, integrationId?: string): Promise<User | undefined> {
  const reaches =
    integrationId === undefined
      ? ''
      : `
    and (s.doc ? 'accessLevel' or s.doc -> 'integrationAccessLevel' @> jsonb_build_array(jsonb_build_object('_integrationId', $3::text)))`
  const { rows } = await db.query<User & { createdAt: Date }>(
    `select u._id, u.email, u.name, u.created_at as "createdAt" from sluice.users u
     where lower(u.email) = lower($2) and (u._id = $1 or exists (
       select from sluice.ashares s where s.account_id = $1 and lower(s.email) = lower($2) and ${inForce('s')}${reaches}))`,
    [accountId, email, ...(integrationId === undefined ? [] : [integrationId])],
  )
  return rows[0] && { ...rows[0], createdAt: rows[0].createdAt.toISOString() }
}

interface SelectedRow {
  accountId: string
  email: string
  doc: AShareDoc
  lastSignIn: Date | null
  userId: string | null
  userEmail: string
  userName: string
  userCreatedAt: Date
  ownerId: string
  ownerEmail: string
  ownerName: string
  ownerCreatedAt: Date
}

const toShareRow = (row: SelectedRow): AShareRow => ({
  accountId: row.accountId,
  email: row.email,
  doc: row.doc,
  ...(row.lastSignIn && { lastSignIn: row.lastSignIn.toISOString() }),
  ...(row.userId !== null && {
    user: { _id: row.userId, email: row.userEmail, name: row.userName, createdAt: row.userCreatedAt.toISOString() },
  }),
  owner: { _id: row.ownerId, email: row.ownerEmail, name: row.ownerName, createdAt: row.ownerCreatedAt.toISOString() },
})
