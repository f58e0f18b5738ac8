/** The console where integrations are made and moved: how soon a large pull can be looked at and decided. */
import { hasChromium, openBrowser, type SignedIn } from './harness/browser.ts'
import { makeLarge } from './harness/large-integration.ts'
import { median, type Question, type Row } from './harness/row.ts'
import { withSluice, type Sluice } from './harness/sluice.ts'

const countOfRounds = 5
/** With each come three steps, and a script now and then: 9,998 resources, where an integration may have 10,000. */
const flows = 2421
const conflicts = 500

interface Pull {
  readonly integration: string
  readonly revision: string
  readonly resources: number
}

/** Both sides change the same field of as many exports as there are conflicts. */
async function openPull(sluice: Sluice): Promise<Pull> {
  const { id, resources } = await makeLarge(sluice, flows)
  const { _id: integration } = await sluice.call('POST', `/v1/integrations/${id}/clone`)
  const exports = (await sluice.call('GET', `/v1/integrations/${integration}/exports?limit=1000`)) as unknown as readonly {
    _id: string
    _sourceId?: string
  }[]
  const clones = exports.filter(({ _sourceId }) => _sourceId !== undefined).slice(0, conflicts)
  if (clones.length < conflicts) throw new Error(`only ${clones.length} exports to change`)
  const describe = async (_id: string, description: string): Promise<void> => {
    await sluice.call('PUT', `/v1/exports/${_id}`, { ...(await sluice.call('GET', `/v1/exports/${_id}`)), description })
  }
  for (const { _id, _sourceId = '' } of clones) {
    await describe(_id, 'As the clone has it')
    await describe(_sourceId, 'As the original has it')
  }
  const body = { _fromIntegrationId: id, description: 'bench' }
  const { _id: revision } = await sluice.call('POST', `/v1/integrations/${integration}/revisions/pull`, body)
  return { integration, revision, resources }
}

/** Until what comes, the conflicts and their number can be read and clicked. */
async function pullOpens({ newPage }: SignedIn, { integration, revision, resources }: Pull): Promise<readonly Row[]> {
  const page = await newPage()
  const times: number[] = []
  for (let round = 0; round <= countOfRounds; round++) {
    const began = performance.now()
    await page.goto(`/integrations/${integration}/revisions/${revision}?step=conflicts`, { waitUntil: 'commit' })
    await page.getByText(`${conflicts} of ${conflicts} conflicts to decide`).waitFor()
    times.push(performance.now() - began)
  }
  // The first one fetches the files of the console.
  times.shift()
  await page.close()
  return [
    {
      what: `time until a pull of ${resources.toLocaleString('en')} resources with ${conflicts} conflicts can be decided in the console`,
      detail: `${countOfRounds} times, ${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)} ms`,
      value: median(times) / 1000,
      goal: { than: 'under', value: 3, unit: 's' },
    },
  ]
}

export const consoleBuild: Question = {
  name: 'console-build',
  asks: 'Opening a large pull in the console',
  answer: async () => {
    if (!hasChromium) return []
    return withSluice(async (sluice) => {
      const pull = await openPull(sluice)
      const browser = await openBrowser(sluice)
      try {
        return await pullOpens(browser, pull)
      } finally {
        await browser.close()
      }
    })
  },
}
