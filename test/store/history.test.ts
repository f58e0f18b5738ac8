/** What is kept of the history, and what is collected after it: never a state that a revision still names. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { historyDays, keptRevisions, pruneHistory } from '../../src/domain/lifecycle/snapshots/prune.ts'
import { definitionFormat } from '../../src/domain/definitions/definition.ts'
import type { SnapshotRules } from '../../src/domain/ports/snapshots.ts'
import { splitTree } from '../../src/store/snapshot-trees.ts'
import { ask } from '../harness/database.ts'
import { bodies, edit, made, pullInto, relatedForFile, stateHash, type Side } from '../harness/related.ts'

const related = relatedForFile()
let dev: Side
beforeAll(async () => {
  ;({ dev } = related)
})

const run = (text: string, values: unknown[] = []) => ask(related.api.config, text, values)
const count = async (table: string): Promise<number> => Number((await run(`select count(*)::int as n from sluice.${table}`))[0]?.['n'])
/** As if everything was written so many days earlier. */
const age = async (days: number): Promise<void> => {
  await run(`update sluice.revisions set created_at = created_at - make_interval(days => $1)`, [days])
  for (const table of ['trees', 'definitions'])
    await run(`update sluice.${table} set added_at = added_at - make_interval(days => $1)`, [days])
  await run(`update sluice.state_environments set collected_at = collected_at - make_interval(days => $1)`, [days])
}
const missing = () =>
  run(
    `select h from sluice.revisions r cross join lateral unnest(r.trees) as h where not exists (select from sluice.trees t where t.env_id = r.env_id and t.hash = h)
     union all select s.tree from sluice.shared_states s where not exists (select from sluice.trees t where t.env_id = s.env_id and t.hash = s.tree)
     union all select s.source_tree from sluice.shared_states s where not exists (select from sluice.trees t where t.env_id = s.source_env_id and t.hash = s.source_tree)
     union all select split_part(line, ' ', 3) from sluice.trees t cross join lateral string_to_table(t.nodes, e'\\n') line
       where line not like 'part %' and not exists (select from sluice.definitions d where d.env_id = t.env_id and d.hash = split_part(line, ' ', 3))
     union all select split_part(line, ' ', 2) from sluice.trees t cross join lateral string_to_table(t.nodes, e'\\n') line
       where line like 'part %' and not exists (select from sluice.trees p where p.env_id = t.env_id and p.hash = split_part(line, ' ', 2))`,
  )

describe('the history', () => {
  test('keeps what is young, or among the newest, and every state that is named', async () => {
    for (let n = 0; n < keptRevisions + 5; n++) {
      await edit(dev, `flows/${dev.flow}`, { description: `Version ${n}` })
      await stateHash(dev)
    }
    await edit(dev, `flows/${dev.flow}`, { description: 'Pulled' })
    const open = await pullInto(related.prod, dev)
    expect(open.status).toBe(201)
    const definitions = await count('definitions')
    await pruneHistory(related.api.world)
    expect(await count('definitions')).toBe(definitions)
    await age(historyDays + 1)
    await pruneHistory(related.api.world)
    const left = (await dev.call('GET', `/v1/integrations/${dev.integration}/revisions`)).body
    expect(left).toHaveLength(keptRevisions)
    expect(await missing()).toEqual([])
    // The states of the five that went, and nothing that anybody needs.
    expect(await count('definitions')).toBe(definitions - 5)
    const applied = await related.prod.call('POST', `/v1/integrations/${related.prod.integration}/revisions/${open.body._id}/apply`)
    expect(applied.status).toBe(200)
    expect(await missing()).toEqual([])
  })

  test('can be gone back to after it was pruned', async () => {
    const [newest] = (await dev.call('GET', `/v1/integrations/${dev.integration}/revisions`)).body
    const body = { _revertToRevisionId: newest._id, description: 'Back' }
    const opened = await dev.call('POST', `/v1/integrations/${dev.integration}/revisions/revert`, body)
    const done = await dev.call('POST', `/v1/integrations/${dev.integration}/revisions/${opened.body._id}/apply`)
    expect(done.body.afterRevisionHash).toBe(newest.beforeRevisionHash)
  })
})

describe('a large state', () => {
  const reach: SnapshotRules = {
    used: ['connections', 'exports', 'imports', 'scripts'],
    owned: ['flows'],
    unless: ['_runNext', '_keepDelta', '_registeredConnectionIds'],
    format: definitionFormat,
    limit: 1000,
  }
  const readResources = () => related.api.world.store.snapshots.readResources(dev.envId, dev.integration, reach)
  const bytes = async (): Promise<number> => Number((await run(`select sum(length(nodes))::int as n from sluice.trees`))[0]?.['n'])

  test('lies in parts: what changes stores its part alone, and is read back as it was', async () => {
    const flows: string[] = []
    for (let n = 0; n < 150; n++)
      flows.push(await made(dev.call, 'flows', { ...bodies.flow(dev.integration, dev.source, dev.sink), name: `Flow ${n}` }))
    const empty = await bytes()
    const first = await stateHash(dev)
    const whole = (await bytes()) - empty
    await edit(dev, `flows/${flows[70]}`, { description: 'Changed' })
    const second = await stateHash(dev)
    expect((await bytes()) - empty - whole).toBeLessThan(whole / 2)
    await dev.call('DELETE', `/v1/flows/${flows[20]}`)
    const third = await stateHash(dev)
    expect(new Set([first, second, third]).size).toBe(3)
    expect(await missing()).toEqual([])
    const history = (await dev.call('GET', `/v1/integrations/${dev.integration}/revisions`)).body
    const opened = await dev.call('POST', `/v1/integrations/${dev.integration}/revisions/revert`, {
      _revertToRevisionId: history[2]._id,
      description: 'Back',
    })
    const applied = await dev.call('POST', `/v1/integrations/${dev.integration}/revisions/${opened.body._id}/apply`)
    expect(applied.body).toMatchObject({ beforeRevisionHash: third, afterRevisionHash: first })
  })

  test('is told by what is known of its resources as by the resources themselves, and those that did not change are not read', async () => {
    const { known, changed } = await readResources()
    expect(changed).toEqual([])
    await run(`delete from sluice.definition_hashes where collection = 'flows' and _id <> $1`, [dev.flow])
    const half = await readResources()
    expect(half.known).toContain(`flows ${dev.flow} `)
    expect(half.changed.map(({ collection }) => collection)).toContain('flows')
    expect(half.known.split('\n').length + half.changed.length).toBe(known.split('\n').length)
    expect(known.split('\n')).toEqual(expect.arrayContaining(half.known.split('\n')))
    const fresh = await stateHash(dev)
    expect(await stateHash(dev)).toBe(fresh)
    expect((await readResources()).known).toBe(known)
  })

  test('loses the parts that only forgotten states have, and no other', async () => {
    const trees = await count('trees')
    const named = [...(await run(`select distinct unnest(trees) as hash from sluice.revisions`))].map(({ hash }) => hash)
    // As if all but the newest had been pruned.
    await run(
      `delete from sluice.revisions r where exists (select from sluice.revisions n where n.env_id = r.env_id and n.integration_id = r.integration_id and n._id > r._id)`,
    )
    await age(2)
    await pruneHistory(related.api.world)
    expect(named.length).toBeGreaterThan(2)
    expect(await count('trees')).toBeLessThan(trees)
    expect(await missing()).toEqual([])
    const left = (await run(`select hash from sluice.trees where nodes like 'part %'`)).length
    expect(left).toBe(1)
    const [newest] = (await dev.call('GET', `/v1/integrations/${dev.integration}/revisions`)).body
    expect(await stateHash(dev)).toBe(newest.beforeRevisionHash)
  })
})

test('parts are the whole, and their ends do not move with what comes between', () => {
  const line = (n: number, hash = 'a'): string => `flows ${n.toString(16).padStart(24, '0')} ${hash.repeat(64)}`
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(5000), { minLength: 100, maxLength: 300 }), fc.nat(99), (ids, at) => {
      const sorted = ids.toSorted((a, b) => a - b)
      const lines = sorted.map((n) => line(n))
      const parts = splitTree(lines.join('\n'))
      expect(parts.join('\n')).toBe(lines.join('\n'))
      const differing = (other: readonly string[]): number => other.filter((part) => !parts.includes(part)).length
      expect(differing(splitTree(lines.with(at, line(sorted[at] as number, 'b')).join('\n')))).toBe(1)
      expect(differing(splitTree(lines.toSpliced(at, 1).join('\n')))).toBeLessThanOrEqual(1)
    }),
    { numRuns: 100 },
  )
})
