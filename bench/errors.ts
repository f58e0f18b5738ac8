/** Whether errors take longer to sum up, to search and to read the more of them are open: a million against one, and against a thousand. */
import { startChild } from './harness/child.ts'
import { makeFlow, type FlowIds } from './harness/flow.ts'
import type { Load } from './harness/load-generator.ts'
import { addErrors } from './harness/many-errors.ts'
import type { Question, Row } from './harness/row.ts'
import { rounds } from './harness/rounds.ts'
import { token, withDatabase, withSluice, type Folder, type Sluice } from './harness/sluice.ts'

const many = 1_000_000
const few = 1000
const countOfRounds = 5
const roundMs = 500

async function measure(sluice: Sluice, folder: Folder): Promise<readonly Row[]> {
  const options = { application: 'http://127.0.0.1:9', pageSize: 20, path: '/none' }
  const [crowded, quiet, usual] = [await makeFlow(sluice, options), await makeFlow(sluice, options), await makeFlow(sluice, options)]
  await withDatabase(folder, async (client) => {
    await addErrors(client, crowded, many)
    await addErrors(client, quiet, 1)
    await addErrors(client, usual, few)
    await client.query('vacuum analyze')
  })
  const generator = await startChild('./load-generator.ts')
  const latency = (path: string) => async (): Promise<number> => {
    const asked: Load = { origin: sluice.url, method: 'GET', paths: [path], token, status: 200, connections: 1, ms: roundMs }
    return (await generator.ask(asked))['ms'] as number
  }
  const ofIntegration = ({ integrationId }: FlowIds): string => `/v1/integrations/${integrationId}/errors`
  try {
    const found = await rounds(countOfRounds, latency(ofIntegration(crowded)), latency(ofIntegration(quiet)))
    return [
      {
        what: `time of GET /v1/integrations/{id}/errors with ${many.toLocaleString('en')} open errors to that with one`,
        detail: `${found.ours.toFixed(2)} to ${found.theirs.toFixed(2)} ms, one request at a time`,
        value: found.ratio,
        goal: { than: 'at most', value: 1.5, unit: '' },
      },
      ...(await measureLists(latency, crowded, usual)),
    ]
  } finally {
    await generator.stop()
  }
}

/** What is asked for: each has its page in one answer. */
const lists = [
  ['the first page', () => 'limit=200'],
  ['a page by code and source', () => 'limit=200&code=422&source=application'],
  ['a search for what every message holds', () => 'limit=200&message=is%20missing'],
  ['a search for what no message holds', () => 'limit=200&message=nothing%20like%20it'],
  ['a search for the message of the oldest error', (count: number) => `limit=200&message=order%20${count}%20is`],
] as const

async function measureLists(latency: (path: string) => () => Promise<number>, crowded: FlowIds, usual: FlowIds): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [what, query] of lists)
    for (const whose of ['a step', 'an integration'] as const) {
      const path = ({ flowId, importId, integrationId }: FlowIds, count: number): string =>
        `${whose === 'a step' ? `/v1/flows/${flowId}/${importId}/errors` : `/v1/integrations/${integrationId}/errors/search`}?${query(count)}`
      const found = await rounds(countOfRounds, latency(path(crowded, many)), latency(path(usual, few)))
      rows.push({
        what: `errors of ${whose}, ${what}: time of an answer with ${many.toLocaleString('en')} of them to that with ${few.toLocaleString('en')}`,
        detail: `${found.ours.toFixed(2)} to ${found.theirs.toFixed(2)} ms, one request at a time`,
        value: found.ratio,
        goal: { than: 'at most', value: 2, unit: '' },
      })
    }
  return rows
}

export const errors: Question = {
  name: 'errors',
  asks: 'Do errors take longer to sum up, to list and to search the more of them are open?',
  answer: () => withSluice(measure),
}
