/**
 * Trees of states. A large one lies in parts, each under its own hash, and names them line by line: a state in which one resource
 * changed stores that part and the names. Where parts end hangs on the ids in them alone, so a resource that comes or goes moves no other part.
 */
import { hashText } from '../domain/definitions/definition.ts'
import type { Snapshots } from '../domain/ports/snapshots.ts'
import type { Client } from './database/pool.ts'

/** Lines below which a tree is not taken apart. */
const smallLines = 64
/** Bits that decide whether a part ends: one line in 32, so a part has some 3 KB. */
const bits = 5
/** What a line begins with that names a part; no type of resource is called so. */
const mark = 'part '

export const treeRows = (db: Client): Pick<Snapshots, 'hasTree' | 'persistTree' | 'readTree'> => ({
  async hasTree(envId, hash) {
    return (await findStored(db, envId, [hash])).has(hash)
  },

  async persistTree(envId, hash, nodes) {
    const parts = splitTree(nodes).map((text) => [hashText(text), text] as const)
    if (parts.length === 1) return persistParts(db, envId, [[hash, nodes]])
    const there = await findStored(
      db,
      envId,
      parts.map(([part]) => part),
    )
    const names = parts.map(([part]) => mark + part).join('\n')
    await persistParts(db, envId, [...parts.filter(([part]) => !there.has(part)), [hash, names]])
  },

  async readTree(envId, hash) {
    const { rows } = await db.query<{ nodes: string | null }>({
      name: 'tree-read',
      // A tree of which a part is missing is not there.
      text: `select case when t.nodes not like '${mark}%' then t.nodes else (
                 select case when bool_and(p.nodes is not null) then string_agg(p.nodes, e'\\n' order by l.n) end
                 from string_to_table(t.nodes, e'\\n') with ordinality as l (line, n)
                   left join lateral (select nodes from sluice.trees where env_id = $1 and hash = substr(l.line, ${mark.length + 1}) limit 1) p on true)
               end as nodes
             from sluice.trees t where t.env_id = $1 and t.hash = $2`,
      values: [envId, hash],
    })
    return rows[0]?.nodes ?? undefined
  },
})

/** They stay until this transaction ends. */
async function findStored(db: Client, envId: string, hashes: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ hash: string }>({
    name: 'trees-there',
    text: `select hash from sluice.trees where env_id = $1 and hash = any($2) for key share`,
    values: [envId, hashes],
  })
  return new Set(rows.map(({ hash }) => hash))
}

async function persistParts(db: Client, envId: string, trees: readonly (readonly [hash: string, nodes: string])[]): Promise<void> {
  await db.query({
    name: 'trees-keep',
    text: `with known as (insert into sluice.state_environments (env_id) values ($1) on conflict do nothing)
           insert into sluice.trees (env_id, hash, nodes) select $1, * from unnest($2::text[], $3::text[]) as n (hash, nodes) order by hash on conflict do nothing`,
    values: [envId, trees.map(([hash]) => hash), trees.map(([, nodes]) => nodes)],
  })
}

export function splitTree(nodes: string): readonly string[] {
  const lines = nodes.split('\n')
  if (lines.length < smallLines) return [nodes]
  const ends = lines.flatMap((line, i) => (i === lines.length - 1 || endsPart(line) ? [i + 1] : []))
  return ends.map((end, i) => lines.slice(ends[i - 1] ?? 0, end).join('\n'))
}

/** Ids are counted up, so their last digits are spread first (Knuth's multiplicative hash). */
function endsPart(line: string): boolean {
  const id = line.split(' ')[1] ?? ''
  return Math.imul(Number.parseInt(id.slice(-6), 16), 2_654_435_761) >>> (32 - bits) === 0
}

/** An open pull names a state of another environment, too. Parts of those that go now are named by nobody the next time. */
export const unnamedTrees = `
  with parts as materialized (
    select substr(line, ${mark.length + 1}) as hash from sluice.trees r cross join lateral string_to_table(r.nodes, e'\\n') as line
    where r.env_id = $1 and r.nodes like '${mark}%')
  delete from sluice.trees t where t.env_id = $1 and t.added_at < $2
    and t.hash not in (select hash from parts)
    and not exists (select from sluice.revisions r where r.env_id = $1 and t.hash = any(r.trees))
    and not exists (select from sluice.revisions r where r.status = 'inprogress' and r.work ->> 'source' = t.hash)
    and not exists (select from sluice.shared_states s where s.env_id = $1 and s.tree = t.hash)
    and not exists (select from sluice.shared_states s where s.source_env_id = $1 and s.source_tree = t.hash)
    and not exists (select from sluice.exported_states e where e.env_id = $1 and e.tree = t.hash)
    and not exists (select from sluice.file_origins o where o.env_id = $1 and t.hash in (o.origin_tree, o.tree))`
