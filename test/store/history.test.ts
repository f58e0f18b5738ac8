/** What is kept of the history, and what is collected behind it: never a state that a revision still names. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keptDays, keptRevisions, pruneHistory } from '../../src/domain/lifecycle/prune.ts'
import { ask } from '../harness/database.ts'
import { edit, pullInto, startRelated, stateHash, type Related, type Side } from '../harness/related.ts'

let related: Related
let dev: Side
beforeAll(async () => {
  related = await startRelated()
  ;({ dev } = related)
})
afterAll(() => related.close())

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
       where not exists (select from sluice.definitions d where d.env_id = t.env_id and d.hash = split_part(line, ' ', 3))`,
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
    await age(keptDays + 1)
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
