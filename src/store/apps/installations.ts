/** The installations table, and what of other tables hangs on it. */
import type { Document } from '../../contract/document.ts'
import type { Apps, Installation, Installed } from '../../domain/ports/apps.ts'
import type { Client } from '../database/pool.ts'
import { findDependents } from './dependent-installations.ts'
import type { Key } from '../../domain/ports/document.ts'

const columns = `i.env_id, i.integration_id, i.account_id, i.user_id, i.connector_env_id, i.connector_id, i.root_id, i.edition_id, i.needs_license, i.packaged,
  i.paused_at, i.installed_at, i.shown`

interface Row {
  env_id: string
  integration_id: string
  account_id: string
  user_id: string
  connector_env_id: string
  connector_id: string
  root_id: string
  edition_id: string | null
  needs_license: boolean
  packaged: boolean
  paused_at: Date | null
  installed_at: Date
  shown: string[] | null
}

/** Of an installation `i`, children by their parent's: no licence that is valid at `$now`. */
const unlicensed = (now: string): string => `i.needs_license and not exists (
  select from sluice.licenses l where l.env_id = i.env_id and l.integration_id = i.root_id and coalesce(l.expires, l.trial_end_date, 'infinity') > ${now})`

export const appRows = (db: Client): Apps => ({
  async add(of) {
    await db.query(
      `insert into sluice.installations (env_id, integration_id, account_id, user_id, connector_env_id, connector_id, root_id, edition_id, needs_license, installed_at, shown)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        of.envId,
        of.integrationId,
        of.accountId,
        of.userId,
        of.connectorEnvId,
        of.connectorId,
        of.rootId,
        of.editionId ?? null,
        of.needsLicense,
        of.installedAt,
        of.shown ?? null,
      ],
    )
  },
  async find(envId, integrationId) {
    const { rows } = await db.query<Row>({
      name: 'installation-find',
      text: `select ${columns} from sluice.installations i where env_id = $1 and integration_id = $2`,
      values: [envId, integrationId],
    })
    return rows[0] && toInstallation(rows[0])
  },
  async listMembers(envId, rootId) {
    const { rows } = await db.query<{ id: string }>(
      `select i.integration_id as id from sluice.installations i
         join sluice.documents d on d.env_id = i.env_id and d.collection = 'integrations' and d._id = i.integration_id and d.deleted_at is null
       where i.env_id = $1 and i.root_id = $2 order by i.integration_id`,
      [envId, rootId],
    )
    return rows.map(({ id }) => id)
  },
  listInstallations: (...of) => base(db, of),
  async findByConnector(...of) {
    const { rows } = await db.query<Row>(
      `select ${columns} from sluice.installations i
         join sluice.documents d on d.env_id = i.env_id and d.collection = 'integrations' and d._id = i.integration_id and d.deleted_at is null
       where i.connector_env_id = $1 and i.connector_id = $2 and i.integration_id = $3`,
      of,
    )
    return rows[0] && toInstallation(rows[0])
  },
  async setShown(...of) {
    await db.query(`update sluice.installations set shown = $3 where env_id = $1 and root_id = $2`, of)
  },
  async setPackaged(...of) {
    await db.query(`update sluice.installations set packaged = true where env_id = $1 and integration_id = $2`, of)
  },
  async setEdition(envId, rootId, editionId) {
    await db.query(`update sluice.installations set edition_id = $3 where env_id = $1 and root_id = $2`, [envId, rootId, editionId ?? null])
  },

  ...claims(db),
  ...licensing(db),
  ...documents(db),
})

/** Renewed every 3 s and over after 15: a step of the database's clock by some seconds ends none. */
const inMs = (ms: string): string => `clock_timestamp() + make_interval(secs => ${ms}::float8 / 1000)`

const claims = (db: Client): Pick<Apps, 'claim' | 'extend' | 'release' | 'takeOver' | 'holdsClaim'> => ({
  async claim(envId, rootId, { who, ms, integrationId, doing }) {
    const { rowCount } = await db.query(
      `update sluice.installations set busy_with = $3, busy_until = ${inMs('$4')}, busy_on = $5, busy_doing = $6
       where env_id = $1 and integration_id = $2 and busy_with is null`,
      [envId, rootId, who, ms, integrationId, doing],
    )
    return rowCount === 1
  },
  async extend(...of) {
    await db.query(
      `update sluice.installations set busy_until = ${inMs('$4')} where env_id = $1 and integration_id = $2 and busy_with = $3`,
      of,
    )
  },
  async release(...of) {
    await db.query(
      `update sluice.installations set busy_with = null, busy_until = null, busy_on = null, busy_doing = null
       where env_id = $1 and integration_id = $2 and busy_with = $3`,
      of,
    )
  },
  async takeOver(who, ms, only) {
    const { rows } = await db.query<Row & { busy_on: string | null; busy_doing: string | null }>(
      `update sluice.installations i set busy_with = $1, busy_until = ${inMs('$2')}
       where (env_id, integration_id) = (
         select env_id, integration_id from sluice.installations
         where busy_with is not null and busy_until < clock_timestamp() and ($3::text is null or (env_id = $3 and integration_id = $4)) limit 1 for update skip locked)
       returning ${columns}, i.busy_on, i.busy_doing`,
      [who, ms, only?.envId ?? null, only?.rootId ?? null],
    )
    return (
      rows[0] && {
        installation: toInstallation(rows[0]),
        integrationId: rows[0].busy_on ?? rows[0].integration_id,
        doing: rows[0].busy_doing ?? '',
      }
    )
  },
  async holdsClaim(...of) {
    const { rows } = await db.query(
      `select from sluice.installations where env_id = $1 and integration_id = $2 and busy_with = $3 for update`,
      of,
    )
    return rows.length > 0
  },
})

const licensing = (db: Client): Pick<Apps, 'pauseUnlicensed' | 'resume' | 'isPaused'> => ({
  pauseUnlicensed: (now, limit) => pauseUnlicensed(db, now, limit),
  async resume(...of) {
    await db.query(`update sluice.installations set paused_at = null where env_id = $1 and root_id = $2`, of)
  },
  async isPaused(...of) {
    const { rows } = await db.query({
      name: 'installation-paused',
      text: `select from sluice.installations i where env_id = $1 and integration_id = $2 and (paused_at is not null or ${unlicensed('$3::text::timestamptz')})`,
      values: of,
    })
    return rows.length > 0
  },
})

/** Documents of environments, looked for by what an app knows of them. */
const documents = (db: Client): Pick<Apps, 'findDependents' | 'findConnectorHome' | 'listOwned' | 'findScript'> => ({
  findDependents: (envId, key, limit) => findDependents(db, envId, key, limit),
  async findConnectorHome(...of) {
    const { rows } = await db.query<{ env_id: string }>(
      `select d.env_id from (
         select $1::text as env_id union all
         select e._id from sluice.documents e where e.env_id = $1 and e.collection = 'environments' and e.deleted_at is null) home
         join sluice.documents d on d.env_id = home.env_id and d.collection = 'connectors' and d._id = $2 and d.deleted_at is null`,
      of,
    )
    return rows[0]?.env_id
  },
  async listOwned(...of) {
    const { rows } = await db.query<Key>(
      `select d.collection, d._id as id from sluice.edges e
         join sluice.documents d on d.env_id = e.env_id and d.collection = e.from_collection and d._id = e.from_id and d.deleted_at is null
       where e.env_id = $1 and e.to_collection = 'integrations' and e.to_id = any($2) and e.path = '_integrationId' and d.doc ->> '_connectorId' = $3
       order by d.collection, d._id`,
      of,
    )
    return rows
  },
  async findScript(...of) {
    const { rows } = await db.query<{ doc: Document<'scripts'>; secrets: string | null }>({
      name: 'app-script',
      text: `select d.doc, d.secrets from (select distinct connector_env_id from sluice.installations where env_id = $1 and connector_id = $2) i
               join sluice.documents d on d.env_id = i.connector_env_id and d.collection = 'scripts' and d._id = $3 and d.deleted_at is null`,
      values: of,
    })
    return rows[0] && { doc: rows[0].doc, secrets: rows[0].secrets ?? undefined }
  },
})

async function base(
  db: Client,
  [connectorEnvId, connectorId, bound, ...page]: Parameters<Apps['listInstallations']>,
): Promise<readonly Installed[]> {
  type Told = Row & { email: string | null; expires: Date | null; version: string | null; mode: string | null; updating: boolean | null }
  const { rows } = await db.query<Told>(
    `select ${columns}, u.email, coalesce(l.expires, l.trial_end_date) as expires, d.doc ->> 'version' as version, d.doc ->> 'mode' as mode, (d.doc ->> 'updateInProgress')::boolean as updating
     from sluice.installations i
       join sluice.documents d on d.env_id = i.env_id and d.collection = 'integrations' and d._id = i.integration_id and d.deleted_at is null
       left join sluice.users u on u._id = i.user_id
       left join sluice.licenses l on l.env_id = i.env_id and l.integration_id = i.root_id
     where i.connector_env_id = $1 and i.connector_id = $2 and ($3::text is null or i.account_id <> $3 or i.env_id = $4) order by i.env_id, i.integration_id offset $5 limit $6`,
    [connectorEnvId, connectorId, bound?.accountId ?? null, bound?.envId ?? null, ...page],
  )
  return rows.map((row) => ({
    installation: toInstallation(row),
    ...(row.email && { email: row.email }),
    ...(row.version && { version: row.version }),
    ...(row.mode && { mode: row.mode }),
    ...(row.updating !== null && { updateInProgress: row.updating }),
    ...(row.expires && { expires: row.expires.toISOString() }),
  }))
}

async function pauseUnlicensed(db: Client, now: string, limit: number): Promise<readonly { envId: string; flowIds: readonly string[] }[]> {
  const { rows } = await db.query<{ env_id: string; flow_ids: string[] }>(
    `with due as (
       select i.env_id, i.integration_id from sluice.installations i where i.paused_at is null and ${unlicensed('$1::timestamptz')}
       limit $2 for update skip locked),
     paused as (
       update sluice.installations i set paused_at = $1 from due where i.env_id = due.env_id and i.integration_id = due.integration_id
       returning i.env_id, i.integration_id)
     select p.env_id, array_agg(e.from_id) as flow_ids from paused p
       join sluice.edges e on e.env_id = p.env_id and e.to_collection = 'integrations' and e.to_id = p.integration_id
         and e.from_collection = 'flows' and e.path = '_integrationId'
     group by p.env_id`,
    [now, limit],
  )
  return rows.map((row) => ({ envId: row.env_id, flowIds: row.flow_ids }))
}

const toInstallation = (row: Row): Installation => ({
  envId: row.env_id,
  integrationId: row.integration_id,
  accountId: row.account_id,
  userId: row.user_id,
  connectorEnvId: row.connector_env_id,
  connectorId: row.connector_id,
  rootId: row.root_id,
  ...(row.edition_id && { editionId: row.edition_id }),
  needsLicense: row.needs_license,
  packaged: row.packaged,
  ...(row.paused_at && { pausedAt: row.paused_at.toISOString() }),
  installedAt: row.installed_at.toISOString(),
  ...(row.shown && { shown: row.shown }),
})
