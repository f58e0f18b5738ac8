/** Bytes in parts. A part is written with its number by the row of its blob, so parts of one blob follow each other whoever writes them. */
import type { Blob, Blobs } from '../../domain/ports/flows/blobs.ts'
import type { Client } from '../database/pool.ts'
import { toStorable } from '../database/storable-text.ts'

export const blobRows = (db: Client): Blobs => ({
  async add(envId, { key, fileName, createdAt, expiresAt }) {
    await db.query({
      name: 'blob-add',
      text: `insert into sluice.blobs (env_id, key, file_name, created_at, expires_at) values ($1, $2, $3, $4, $5)`,
      values: [envId, key, fileName === undefined ? null : toStorable(fileName), createdAt, expiresAt],
    })
  },
  async find(envId, key) {
    const { rows } = await db.query<BlobRow>({
      name: 'blob-find',
      text: `select ${blobColumns} from sluice.blobs b where env_id = $1 and key = $2`,
      values: [envId, key],
    })
    return rows[0] && toBlob(rows[0])
  },
  async addPart(envId, key, content) {
    const { rowCount } = await db.query({
      name: 'blob-add-part',
      text: `with b as (update sluice.blobs set parts = parts + 1, bytes = bytes + octet_length($3::bytea) where env_id = $1 and key = $2 returning parts)
             insert into sluice.blob_parts (env_id, key, part, content) select $1, $2, parts, $3::bytea from b`,
      values: [envId, key, content],
    })
    if (rowCount !== 1) throw new Error('a part of a blob that is not there')
  },
  async readPart(envId, key, part) {
    const { rows } = await db.query<{ content: Buffer }>({
      name: 'blob-part',
      text: `select content from sluice.blob_parts where env_id = $1 and key = $2 and part = $3`,
      values: [envId, key, part],
    })
    return rows[0]?.content
  },
  ...endingRows(db),
})

/** How many there are, and their end. */
const endingRows = (db: Client): Pick<Blobs, 'measure' | 'expire' | 'purge'> => ({
  async measure(envId) {
    const { rows } = await db.query<{ blobs: number; bytes: number }>({
      name: 'blobs-measure',
      text: `select count(*)::bigint as blobs, coalesce(sum(bytes), 0)::bigint as bytes from sluice.blobs where env_id = $1`,
      values: [envId],
    })
    return rows[0] ?? { blobs: 0, bytes: 0 }
  },
  async expire(envId, key, at) {
    await db.query(`update sluice.blobs set expires_at = $3 where env_id = $1 and key = $2`, [envId, key, at])
  },
  async purge(now, most) {
    const { rowCount } = await db.query(
      `delete from sluice.blob_parts p using (
         select p.env_id, p.key, p.part from sluice.blobs b join sluice.blob_parts p using (env_id, key) where b.expires_at <= $1 order by b.expires_at limit $2) gone
       where p.env_id = gone.env_id and p.key = gone.key and p.part = gone.part`,
      [now, most],
    )
    await db.query(
      `with gone as (delete from sluice.blobs b where b.expires_at <= $1 and not exists (
           select from sluice.blob_parts p where p.env_id = b.env_id and p.key = b.key) returning env_id, key),
         sent as (delete from sluice.uploads u using gone where u.env_id = gone.env_id and u.key = gone.key)
       delete from sluice.gathered_files f using gone where f.env_id = gone.env_id and f.key = gone.key`,
      [now],
    )
    return rowCount ?? 0
  },
})

export interface BlobRow {
  readonly key: string
  readonly file_name: string | null
  readonly bytes: number
  readonly parts: number
  readonly created_at: Date
  readonly expires_at: Date
}

export const blobColumns = 'b.key, b.file_name, b.bytes, b.parts, b.created_at, b.expires_at'

export const toBlob = ({ key, file_name, bytes, parts, created_at, expires_at }: BlobRow): Blob => ({
  key,
  ...(file_name !== null && { fileName: file_name }),
  bytes,
  parts,
  createdAt: created_at.toISOString(),
  expiresAt: expires_at.toISOString(),
})
