/** Queues of webhooks and their events. */
import type { Document } from '../../contract/document.ts'
import { failedRunSeconds, maxQueueBytes, maxQueueEvents } from '../../domain/limits/webhook-bounds.ts'
import type { NewEvent, QueueKey, Received, WebhookEvent, WebhookEvents } from '../../domain/ports/flows/webhooks.ts'
import type { Client } from '../database/pool.ts'
import { receivedChannel } from './notifications.ts'

const queue = 'env_id = $1 and flow_id = $2 and export_id = $3'
/** The run of `q`, where it is so. */
const run = (so: string): string => `exists (select from sluice.jobs j where j.env_id = q.env_id and j._id = q.job_id and ${so})`
const hasRun = `(not q.is_left and ${run('j.ended_at is null')})`
/** Whether the flow of `q` is on, and begins with its webhook. */
const isWanted = `exists (select from sluice.edges e join sluice.documents f on f.env_id = e.env_id and f.collection = 'flows' and f._id = e.from_id
  where e.env_id = q.env_id and e.from_collection = 'flows' and e.from_id = q.flow_id and e.to_collection = 'exports' and e.to_id = q.export_id
    and e.path like 'pageGenerators.%' and f.deleted_at is null and f.doc ->> 'disabled' is distinct from 'true')`
/** What a canceled run left waits until more comes. */
const isAsCanceled = run(`j.status = 'canceled' and j.ended_at >= (select e.received_at from sluice.webhook_events e
  where e.env_id = q.env_id and e.flow_id = q.flow_id and e.export_id = q.export_id order by e.seq desc limit 1)`)
/** Since a run that failed mostly fails again. */
const isTooEarly = run(`j.status = 'failed' and j.ended_at > $1::timestamptz - interval '${failedRunSeconds} seconds'`)

interface KeyRow {
  env_id: string
  flow_id: string
  export_id: string
}

export const webhookEventRows = (db: Client): WebhookEvents => ({ ...eventRows(db), ...runRows(db) })

type OfRuns = 'lockForRun' | 'beginRun' | 'leave' | 'listWaiting'

const eventRows = (db: Client): Omit<WebhookEvents, OfRuns> => ({
  async findListener(exportId) {
    const { rows } = await db.query<{ env_id: string; doc: Document<'exports'>; secrets: string | null; flow_ids: string[] }>({
      name: 'webhook-listener',
      text: `select d.env_id, d.doc, d.secrets, array(
               select f._id from sluice.edges e join sluice.documents f on f.env_id = e.env_id and f.collection = 'flows' and f._id = e.from_id
               where e.env_id = d.env_id and e.to_collection = 'exports' and e.to_id = d._id and e.from_collection = 'flows'
                 and e.path like 'pageGenerators.%' and f.deleted_at is null and f.doc ->> 'disabled' is distinct from 'true' order by f._id) as flow_ids
             from sluice.documents d
             where d._id = $1 and d.collection = 'exports' and d.doc ->> 'adaptorType' = 'WebhookExport' and d.deleted_at is null`,
      values: [exportId],
    })
    const [row] = rows
    return row && { envId: row.env_id, entry: { doc: row.doc, secrets: row.secrets ?? undefined }, flowIds: row.flow_ids }
  },
  receive: (events, now) => receive(db, events, now),
  async take(key, after, most) {
    const { rows } = await db.query<{ seq: number; records: string; bytes: number }>({
      name: 'webhook-take',
      // Lengths first: the records of an event that is not taken are not read.
      text: `with next as (
               select seq, sum(bytes) over (order by seq) - bytes as before, sum(bytes) over (order by seq) as total
               from (select seq, bytes from sluice.webhook_events where ${queue} and seq > $4 order by seq limit $5) e)
             select e.seq, e.records, e.bytes from next join sluice.webhook_events e using (seq)
             where ${queue} and (before = 0 or total <= $6) order by e.seq`,
      values: [...toValues(key), after, most.events, most.bytes],
    })
    return rows satisfies WebhookEvent[]
  },
  async remove(key, upTo) {
    await db.query({
      name: 'webhook-remove',
      text: `with gone as (delete from sluice.webhook_events where ${queue} and seq <= $4 returning bytes)
             update sluice.webhook_queues set waiting = waiting - g.count, bytes = webhook_queues.bytes - g.bytes
             from (select count(*) as count, coalesce(sum(bytes), 0) as bytes from gone) g where ${queue} and g.count > 0`,
      values: [...toValues(key), upTo],
    })
  },
})

const runRows = (db: Client): Pick<WebhookEvents, OfRuns> => ({
  async lockForRun(key, now) {
    const { rows } = await db.query<KeyRow>({
      name: 'webhook-lock',
      text: `select q.env_id, q.flow_id, q.export_id from sluice.webhook_queues q
             where q.env_id = $2 and q.flow_id = $3 and q.export_id = $4 and q.waiting > 0 and ${isWanted} and not ${hasRun} and not ${isTooEarly} for update`,
      values: [now, ...toValues(key)],
    })
    return rows[0] && toKey(rows[0])
  },
  async beginRun(key, jobId) {
    await db.query({
      name: 'webhook-begin',
      text: `update sluice.webhook_queues set job_id = $4, is_left = false where ${queue}`,
      values: [...toValues(key), jobId],
    })
  },
  async leave(key, jobId, after) {
    const { rows } = await db.query<{ is_left: boolean }>({
      name: 'webhook-leave',
      text: `update sluice.webhook_queues set is_left = last_seq <= $5 where ${queue} and job_id = $4 returning is_left`,
      values: [...toValues(key), jobId, after],
    })
    // A queue that is another run's by now is left as well.
    return rows[0]?.is_left ?? true
  },
  async listWaiting(now, limit) {
    const { rows } = await db.query<KeyRow>({
      name: 'webhook-waiting',
      text: `select q.env_id, q.flow_id, q.export_id from sluice.webhook_queues q
             where q.waiting > 0 and ${isWanted} and not ${run('j.ended_at is null')} and not ${isAsCanceled} and not ${isTooEarly} limit $2`,
      values: [now, limit],
    })
    return rows.map(toKey)
  },
})

const toValues = ({ envId, flowId, exportId }: QueueKey): string[] => [envId, flowId, exportId]
const toKey = (row: KeyRow): QueueKey => ({ envId: row.env_id, flowId: row.flow_id, exportId: row.export_id })

/** Lists whose lengths the planner does not see: else it would plan the statement anew for each, which takes longer than carrying it out. */
const arrays = (...values: readonly string[]): string => values.map((value) => `(select ${value})`).join(', ')

/**
 * One statement for all that came together. Queues are locked in the order of their keys, so that servers which receive at the same time do not wait in a
 * circle. What one flow has no room for, no other flow gets either: its sender sends it again. Where no run takes from a queue, nobody waits to be told.
 */
async function receive(db: Client, events: readonly NewEvent[], now: string): Promise<readonly Received[]> {
  const totals = new Map<string, { readonly key: QueueKey; readonly place: number; count: number; bytes: number }>()
  const places = events.map(({ envId, flowId, exportId, bytes }) => {
    const name = `${envId}/${flowId}/${exportId}`
    const total = totals.get(name) ?? { key: { envId, flowId, exportId }, place: totals.size + 1, count: 0, bytes: 0 }
    totals.set(name, total)
    total.count += 1
    total.bytes += bytes
    return { queue: total.place, nth: total.count }
  })
  const queues = [...totals.values()]
  const { rows } = await db.query<KeyRow & { has_run: boolean }>({
    name: 'webhook-receive',
    text: `with totals as (
        select * from unnest(${arrays('$1::text[]', '$2::text[]', '$3::text[]', '$4::int[]', '$5::bigint[]')}) with ordinality
          as t(env_id, flow_id, export_id, count, bytes, place) order by 1, 2, 3),
      held as materialized (
        select q.env_id, q.flow_id, q.export_id, q.waiting, q.bytes from sluice.webhook_queues q join totals using (env_id, flow_id, export_id)
        order by 1, 2, 3 for update of q),
      queues as (
        insert into sluice.webhook_queues as q (env_id, flow_id, export_id, last_seq, waiting, bytes)
        select env_id, flow_id, export_id, count, count, bytes from totals t
        where not exists (
          select from held h join totals other using (env_id, flow_id, export_id)
          where h.env_id = t.env_id and h.export_id = t.export_id and (h.waiting + other.count > $11 or h.bytes + other.bytes > $12))
        on conflict (env_id, flow_id, export_id) do update
        set last_seq = q.last_seq + excluded.last_seq, waiting = q.waiting + excluded.waiting, bytes = q.bytes + excluded.bytes
        returning q.env_id, q.flow_id, q.export_id, q.last_seq, q.job_id, q.is_left),
      written as (
        insert into sluice.webhook_events (env_id, flow_id, export_id, seq, received_at, records, bytes)
        select env_id, flow_id, export_id, q.last_seq - t.count + e.nth, $10::timestamptz, e.records, e.bytes
        from unnest(${arrays('$6::int[]', '$7::int[]', '$8::text[]', '$9::int[]')}) as e(place, nth, records, bytes)
        join totals t using (place) join queues q using (env_id, flow_id, export_id))
      select q.env_id, q.flow_id, q.export_id, ${hasRun} as has_run,
        case when q.job_id is not null and not q.is_left then pg_notify('${receivedChannel}', q.env_id || '/' || q.flow_id || '/' || q.export_id) end
      from queues q`,
    values: [
      queues.map(({ key }) => key.envId),
      queues.map(({ key }) => key.flowId),
      queues.map(({ key }) => key.exportId),
      queues.map(({ count }) => count),
      queues.map(({ bytes }) => bytes),
      places.map(({ queue: place }) => place),
      places.map(({ nth }) => nth),
      events.map(({ records }) => records),
      events.map(({ bytes }) => bytes),
      now,
      maxQueueEvents,
      maxQueueBytes,
    ],
  })
  return rows.map((row) => ({ ...toKey(row), hasRun: row.has_run }))
}
