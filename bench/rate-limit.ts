/** What the limit on requests costs a request that it lets pass. */
import type { Load } from './harness/load-generator.ts'
import { startChild } from './harness/child.ts'
import { rounds } from './harness/rounds.ts'
import type { Question, Row } from './harness/row.ts'
import { makeFolder, startSluice, token, type Sluice } from './harness/sluice.ts'

const connections = 16
const roundMs = 2000
const countOfRounds = 7
/** Never reached here. */
const wide = { SLUICE_RATE_LIMIT: '9999999/9999999' }

/** Both servers have a database of their own: a data folder takes one. */
async function withBoth<T>(work: (limited: Sluice, free: Sluice) => Promise<T>): Promise<T> {
  const folders = [await makeFolder(), await makeFolder()] as const
  const started: Sluice[] = []
  try {
    started.push(await startSluice(folders[0], wide), await startSluice(folders[1]))
    return await work(started[0] as Sluice, started[1] as Sluice)
  } finally {
    for (const each of started) await each.stop()
    for (const each of folders) await each.remove()
  }
}

async function measure(limited: Sluice, free: Sluice): Promise<readonly Row[]> {
  const generator = await startChild('./load-generator.ts')
  const perSecond = async (sluice: Sluice): Promise<() => Promise<number>> => {
    const { _id } = await sluice.call('POST', '/v1/integrations', { name: 'Orders' })
    const load: Load = {
      origin: sluice.url,
      token,
      connections,
      ms: roundMs,
      method: 'GET',
      paths: [`/v1/integrations/${_id}`],
      status: 200,
    }
    return async () => (await generator.ask(load))['perSecond'] as number
  }
  try {
    const found = await rounds(countOfRounds, await perSecond(limited), await perSecond(free))
    return [
      {
        what: 'GET a document: requests/s with the limit check to those without',
        detail: `${found.ours.toFixed(0)} to ${found.theirs.toFixed(0)} requests/s, ${connections} connections`,
        value: found.ratio,
        goal: { than: 'at least', value: 0.95, unit: '' },
      },
    ]
  } finally {
    await generator.stop()
  }
}

export const rateLimit: Question = { name: 'rate-limit', asks: 'What does the limit on requests cost?', answer: () => withBoth(measure) }
