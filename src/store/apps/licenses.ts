/** The licences table. */
import type { License, Licenses, NamedLicense } from '../../domain/ports/licenses.ts'
import type { Client } from '../database/pool.ts'

const columns = `_id, account_id, connector_env_id, connector_id, email, edition_id, expires, trial_end_date, opts, created_at, last_modified, env_id, integration_id, is_trial`

interface Row {
  _id: string
  account_id: string
  connector_env_id: string
  connector_id: string
  email: string
  edition_id: string | null
  expires: Date | null
  trial_end_date: Date | null
  opts: Record<string, unknown> | null
  created_at: Date
  last_modified: Date
  env_id: string | null
  integration_id: string | null
  is_trial: boolean
}

export const licenseRows = (db: Client): Licenses => {
  const some = async (which: string, values: readonly unknown[]): Promise<License[]> =>
    (await db.query<Row>(`select ${columns} from sluice.licenses where ${which}`, [...values])).rows.map(toLicense)
  return {
    add: (license) =>
      write(
        db,
        license,
        `insert into sluice.licenses (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (account_id, connector_id) where is_trial do nothing`,
      ),
    async offerTrial(...of) {
      await db.query(`insert into sluice.trials (env_id, connector_id) values ($1, $2) on conflict (connector_id) do nothing`, of)
    },
    async findTrialOffer(connectorId) {
      const { rows } = await db.query<{ env_id: string }>(`select env_id from sluice.trials where connector_id = $1`, [connectorId])
      return rows[0]?.env_id
    },
    listByConnector: (connectorEnvId, connectorId, bound, skip, limit) =>
      some(
        `connector_env_id = $1 and connector_id = $2 and ($3::text is null or account_id <> $3 or env_id = $4) order by _id offset $5 limit $6`,
        [connectorEnvId, connectorId, bound?.accountId ?? null, bound?.envId ?? null, skip, limit],
      ),
    lock: async (...of) => (await some(`connector_env_id = $1 and connector_id = $2 and _id = $3 for update`, of))[0],
    listByAccount: (...of) =>
      some(
        `account_id = $1 and ($2::text is null or connector_id = $2) and ($3::text is null or env_id = $3) order by _id offset $4 limit $5`,
        of,
      ),
    listNamed: (...of) => listNamed(db, of),
    findByInstallation: async (...of) => (await some(`env_id = $1 and integration_id = $2`, of))[0],
    async replace(license) {
      await write(
        db,
        license,
        `update sluice.licenses set connector_env_id = $3, connector_id = $4, email = $5, edition_id = $6, expires = $7, trial_end_date = $8, opts = $9,
           created_at = $10, last_modified = $11, env_id = $12, integration_id = $13, is_trial = $14 where account_id = $2 and _id = $1`,
      )
    },
    async remove(accountId, id) {
      await db.query(`delete from sluice.licenses where account_id = $1 and _id = $2`, [accountId, id])
    },
    async attach(...of) {
      const { rowCount } = await db.query(
        `update sluice.licenses set env_id = $3, integration_id = $4 where account_id = $1 and _id = $2 and integration_id is null`,
        of,
      )
      return rowCount === 1
    },
    async detach(...of) {
      await db.query(`update sluice.licenses set env_id = null, integration_id = null where env_id = $1 and integration_id = $2`, of)
    },
    usesEdition: (...of) => usesEdition(db, of),
  }
}

async function usesEdition(db: Client, of: Parameters<Licenses['usesEdition']>): Promise<boolean> {
  const { rows } = await db.query(
    `select from sluice.licenses where connector_env_id = $1 and connector_id = $2 and edition_id = any($3) limit 1`,
    of,
  )
  return rows.length > 0
}

async function listNamed(db: Client, of: Parameters<Licenses['listNamed']>): Promise<readonly NamedLicense[]> {
  const { rows } = await db.query<Row & { app: string | null; edition: string | null }>(
    `select l.*, d.doc ->> 'name' as app,
       (select e ->> 'displayName' from jsonb_array_elements(d.doc -> 'twoDotZero' -> 'editions') e where e ->> '_id' = l.edition_id limit 1) as edition
     from (select ${columns} from sluice.licenses where account_id = $1 and ($2::text is null or env_id = $2) order by _id offset $3 limit $4) l
     left join sluice.documents d
       on d.env_id = l.connector_env_id and d.collection = 'connectors' and d._id = l.connector_id and d.deleted_at is null
     order by l._id`,
    of,
  )
  return rows.map((row) => ({
    license: toLicense(row),
    ...(row.app !== null && { app: row.app }),
    ...(row.edition !== null && { edition: row.edition }),
  }))
}

async function write(db: Client, license: License, text: string): Promise<boolean> {
  const { rowCount } = await db.query(text, [
    license._id,
    license.accountId,
    license.connectorEnvId,
    license.connectorId,
    license.email,
    license.editionId ?? null,
    license.expires ?? null,
    license.trialEndDate ?? null,
    license.opts === undefined ? null : JSON.stringify(license.opts),
    license.createdAt,
    license.lastModified,
    license.envId ?? null,
    license.integrationId ?? null,
    license.isTrial ?? false,
  ])
  return rowCount === 1
}

const toLicense = (row: Row): License => ({
  _id: row._id,
  accountId: row.account_id,
  connectorEnvId: row.connector_env_id,
  connectorId: row.connector_id,
  email: row.email,
  ...(row.edition_id && { editionId: row.edition_id }),
  ...(row.expires && { expires: row.expires.toISOString() }),
  ...(row.trial_end_date && { trialEndDate: row.trial_end_date.toISOString() }),
  ...(row.opts && { opts: row.opts }),
  createdAt: row.created_at.toISOString(),
  lastModified: row.last_modified.toISOString(),
  ...(row.env_id && { envId: row.env_id }),
  ...(row.integration_id && { integrationId: row.integration_id }),
  ...(row.is_trial && { isTrial: true }),
})
