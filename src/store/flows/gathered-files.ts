/** Files that imports put together of the records of a run: what pages bring is written in the transaction that commits them. */
import type { AbandonedFile, FileTarget, GatheredFile, GatheredFiles, GatheredPart } from '../../domain/ports/flows/gathered-files.ts'
import type { Client } from '../database/pool.ts'
import { blobRows } from './blobs.ts'

/** How long what was gathered is kept when nobody writes it: as long as somebody may look at its error. Milliseconds. */
const keptMs = 30 * 24 * 60 * 60 * 1000
/** A worker of a canceled run may be at its file for so long. Seconds. */
const graceSeconds = 30
/** Of one row. Bytes. */
const maxPart = 1024 * 1024

export const gatheredFileRows = (db: Client): GatheredFiles => ({
  append: (envId, owner, stepId, parts, at) => append(db, envId, owner, stepId, parts, at),
  async list(envId, jobId) {
    const { rows } = await db.query<Row>({
      name: 'gathered-files-of-run',
      text: `select ${columns} from sluice.gathered_files f where env_id = $1 and job_id = $2 and not is_held order by number, key`,
      values: [envId, jobId],
    })
    return rows.map(toFile)
  },
  async find(envId, key) {
    const { rows } = await db.query<Row>(`select ${columns} from sluice.gathered_files f where env_id = $1 and key = $2`, [envId, key])
    return rows[0] && toFile(rows[0])
  },
  async hold(envId, keys) {
    await db.query(`update sluice.gathered_files set is_held = true where env_id = $1 and key = any($2)`, [envId, keys])
  },
  async adopt(envId, key, jobId, target, retries) {
    await db.query(
      `update sluice.gathered_files set job_id = $3, target = $4, retries = $5, is_held = false where env_id = $1 and key = $2`,
      [envId, key, jobId, JSON.stringify(target), retries],
    )
  },
  async remove(envId, keys, at) {
    await db.query(
      `with gone as (delete from sluice.gathered_files where env_id = $1 and key = any($2) returning key)
       update sluice.blobs b set expires_at = $3 from gone where b.env_id = $1 and b.key = gone.key`,
      [envId, keys, at],
    )
  },
  async takeAbandoned(limit) {
    const { rows } = await db.query<Row & { env_id: string; flow_id: string; job_id: string; status: string }>({
      name: 'gathered-files-abandoned',
      text: `select f.env_id, f.flow_id, f.job_id, j.status, ${columns} from sluice.gathered_files f
             join sluice.jobs j on j.env_id = f.env_id and j._id = f.job_id
             where not f.is_held and j.ended_at < now() - interval '${graceSeconds} s' order by f.env_id, f.job_id, f.number limit $1 for update of f skip locked`,
      values: [limit],
    })
    return rows.map((row): AbandonedFile => ({
      ...toFile(row),
      envId: row.env_id,
      flowId: row.flow_id,
      jobId: row.job_id,
      status: row.status,
    }))
  },
})

async function append(db: Client, ...[envId, { flowId, jobId }, stepId, parts, at]: Parameters<GatheredFiles['append']>): Promise<void> {
  const blobs = blobRows(db)
  const expiresAt = new Date(Date.parse(at) + keptMs).toISOString()
  for (const [key, [first, ...more]] of Map.groupBy(parts, (part) => part.key)) {
    const all = [first as GatheredPart, ...more]
    const { rowCount: isNew } = await db.query({
      name: 'gathered-file-add',
      text: `insert into sluice.gathered_files as f (env_id, key, flow_id, job_id, step_id, number, records, target)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (env_id, key) do nothing`,
      values: [envId, key, flowId, jobId, stepId, first?.number, sum(all), JSON.stringify(first?.target)],
    })
    if (isNew) await blobs.add(envId, { key, createdAt: at, expiresAt })
    else
      await db.query({
        name: 'gathered-file-grow',
        text: `update sluice.gathered_files set records = records + $3 where env_id = $1 and key = $2`,
        values: [envId, key, sum(all)],
      })
    for (const content of inRows(all)) await blobs.addPart(envId, key, content)
  }
}

const sum = (parts: readonly GatheredPart[]): number => parts.reduce((records, part) => records + part.records, 0)

/** As few rows as they fit into. */
function* inRows(parts: readonly GatheredPart[]): Generator<Uint8Array> {
  const all = parts.length === 1 ? (parts[0] as GatheredPart).content : Buffer.concat(parts.map(({ content }) => content))
  for (let at = 0; at < all.length; at += maxPart) yield all.subarray(at, at + maxPart)
}

const columns = 'f.key, f.step_id, f.number, f.target, f.records, f.retries'

interface Row {
  readonly key: string
  readonly step_id: string
  readonly number: number
  readonly target: FileTarget
  readonly records: number
  readonly retries: number
}

const toFile = ({ key, step_id, number, target, records, retries }: Row): GatheredFile => ({
  key,
  stepId: step_id,
  number,
  target,
  records,
  retries,
})
