/** Files that are sent to data loaders. */
import type { Upload, Uploads } from '../../domain/ports/flows/uploads.ts'
import type { Client } from '../database/pool.ts'
import { blobColumns, toBlob, type BlobRow } from './blobs.ts'

export const uploadRows = (db: Client): Uploads => ({
  async list(envId, exportId) {
    const { rows } = await db.query<Row>(`${selected} where u.env_id = $1 and u.export_id = $2 order by u.key`, [envId, exportId])
    return rows.map(toUpload)
  },
  async lock(envId, exportId, key) {
    const { rows } = await db.query<Row>(`${selected} where u.env_id = $1 and u.export_id = $2 and u.key = $3 for update of u`, [
      envId,
      exportId,
      key,
    ])
    return rows[0] && toUpload(rows[0])
  },
  async add(envId, exportId, key) {
    await db.query(`insert into sluice.uploads (env_id, export_id, key) values ($1, $2, $3)`, [envId, exportId, key])
  },
  async complete(envId, exportId, key) {
    await db.query(`update sluice.uploads set is_complete = true where env_id = $1 and export_id = $2 and key = $3`, [envId, exportId, key])
  },
  async remove(envId, exportId, key, at) {
    const { rowCount } = await db.query(
      `with gone as (delete from sluice.uploads where env_id = $1 and export_id = $2 and key = $3 returning key)
       update sluice.blobs b set expires_at = $4 from gone where b.env_id = $1 and b.key = gone.key`,
      [envId, exportId, key, at],
    )
    return rowCount === 1
  },
})

const selected = `select ${blobColumns}, u.is_complete from sluice.uploads u join sluice.blobs b on b.env_id = u.env_id and b.key = u.key`

interface Row extends BlobRow {
  readonly is_complete: boolean
}

const toUpload = (row: Row): Upload => ({ ...toBlob(row), fileName: row.file_name ?? '', isComplete: row.is_complete })
