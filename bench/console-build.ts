/** The console where integrations are made and moved: how soon a large pull can be decided, how smoothly large flows and mappings are changed, and how soon results follow what is typed. */
import type { Page } from 'playwright-core'
import { hasChromium, openBrowser, type SignedIn } from './harness/browser.ts'
import { startChild } from './harness/child.ts'
import { makeFlow } from './harness/flow.ts'
import { framesWhile } from './harness/frames.ts'
import { makeLarge } from './harness/large-integration.ts'
import { makeManySteps } from './harness/many-steps.ts'
import type { SlowApplication } from './harness/slow-application.ts'
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

const steps = 200
/** Moves of the mouse in one drag: some seconds of it. */
const moves = 180

/** A step is dragged to and fro over the graph, which shows where it would go. */
async function dragsStep({ newPage }: SignedIn, flowId: string): Promise<readonly Row[]> {
  const page = await newPage()
  const node = page.getByRole('region', { name: 'Graph of the flow' }).getByRole('link', { name: 'Orders', exact: true })
  const open = async (): Promise<number> => {
    const began = performance.now()
    await page.goto(`/flows/${flowId}`, { waitUntil: 'commit' })
    await node.first().click({ trial: true })
    return performance.now() - began
  }
  // The first one fetches the files of the console.
  await open()
  const usableMs = await open()
  const { x, y } = (await node.last().boundingBox()) ?? { x: 0, y: 0 }
  await page.mouse.move(x + 4, y + 4)
  await page.mouse.down()
  const { perSecond, longestMs } = await framesWhile(page, async () => {
    for (let n = 0; n < moves; n++) await page.mouse.move(x + 300 * Math.sin(n / 20), y + 60 * Math.cos(n / 20))
  })
  await page.keyboard.press('Escape')
  await page.mouse.up()
  await page.close()
  return [
    {
      what: `flow of ${steps} steps, from its address to a step that can be dragged`,
      detail: 'files of the console are in the cache',
      value: usableMs / 1000,
      goal: { than: 'under', value: 2, unit: 's' },
    },
    {
      what: `frames/s while a step of ${steps} is dragged`,
      detail: `${moves} moves of the mouse, longest frame ${longestMs.toFixed(0)} ms`,
      value: perSecond,
      goal: { than: 'at least', value: 50, unit: '' },
    },
  ]
}

const fields = 1000
/** From the first row to the last as fast as a hand turns a wheel, some 9,000 pixels a second. */
const turns = 270
const pixelsOfTurn = 150
const typed = 'a name that is typed'

const makeImport = async (sluice: Sluice, rows: number): Promise<string> => {
  const { importId } = await makeFlow(sluice, { application: 'http://127.0.0.1:9', pageSize: 20, path: '/none' })
  const mappings = Array.from({ length: rows }, (_, i) => ({
    generate: `field${i}`,
    dataType: 'string',
    extract: '$.id',
    status: 'Active',
  }))
  await sluice.call('PUT', `/v1/imports/${importId}`, { ...(await sluice.call('GET', `/v1/imports/${importId}`)), mappings })
  return importId
}

async function scrollsMapping(sluice: Sluice, { newPage }: SignedIn): Promise<readonly Row[]> {
  const page = await newPage()
  await page.goto(`/resources/imports/${await makeImport(sluice, fields)}?tab=mapping`)
  const first = page.getByRole('textbox', { name: 'Name of field0', exact: true })
  const { x, y } = (await first.boundingBox()) ?? { x: 0, y: 0 }
  await page.mouse.move(x + 5, y + 5)
  const scrolled = await framesWhile(page, async () => {
    for (let n = 0; n < turns; n++) {
      await page.mouse.wheel(0, pixelsOfTurn)
      await page.waitForTimeout(16)
    }
    await page.getByRole('textbox', { name: `Name of field${fields - 1}`, exact: true }).waitFor()
  })
  const last = page.getByRole('textbox', { name: `Name of field${fields - 1}`, exact: true })
  await last.click()
  const wrote = await framesWhile(page, () => page.keyboard.type(typed, { delay: 40 }))
  await page.close()
  // Three frames of a screen are 50 ms, give or take what clocks of browsers round off.
  const row = (what: string, detail: string, value: number): Row => ({
    what,
    detail,
    value: Math.round(value),
    goal: { than: 'at most', value: 50, unit: 'ms' },
  })
  return [
    row(
      `longest frame while a mapping of ${fields.toLocaleString('en')} rows is scrolled`,
      `${scrolled.perSecond.toFixed(0)} frames/s`,
      scrolled.longestMs,
    ),
    row(
      'longest frame while somebody types in its last row',
      `${typed.length} keys, ${wrote.perSecond.toFixed(0)} frames/s`,
      wrote.longestMs,
    ),
  ]
}

const sampleRecords = 20
const keys = 15

/** From a key to its result, of a page of records, as the page shows it. */
async function followsKeys(sluice: Sluice, { newPage }: SignedIn): Promise<readonly Row[]> {
  const application = await startChild('./slow-application.ts')
  try {
    const { url } = await application.ask({ records: sampleRecords, perAnswer: sampleRecords } satisfies SlowApplication)
    const { importId } = await makeFlow(sluice, { application: url as string, pageSize: sampleRecords, path: '/0-0/preview' })
    const page = await newPage()
    await page.goto(`/resources/imports/${importId}?tab=mapping`)
    await page.getByText('customer-1@example.com').first().waitFor()
    await page.getByRole('combobox', { name: 'Source of reference' }).click()
    await page.keyboard.press('Control+A')
    const times: number[] = []
    for (let n = 0; n < keys; n++) times.push(await timeOfKey(page, n))
    await page.close()
    return [
      {
        what: `from a key to the result of a mapping of ${sampleRecords} records, p50`,
        detail: `${keys} keys, ${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)} ms, with the pause that waits for the next key`,
        value: median(times),
        goal: { than: 'under', value: 300, unit: 'ms' },
      },
    ]
  } finally {
    await application.stop()
  }
}

/** A letter of a fixed value, which is in the result as it is. */
async function timeOfKey(page: Page, n: number): Promise<number> {
  const text = 'abcdefghijklmnopqrstuvwxyz'.slice(0, n + 1)
  const began = performance.now()
  await page.keyboard.type(text.at(-1) as string)
  await page.getByRole('region', { name: 'Result' }).getByText(`"reference": "${text}"`).first().waitFor()
  return performance.now() - began
}

const parts = ['pull', 'flow', 'mapping', 'preview']

export const consoleBuild: Question = {
  name: 'console-build',
  asks: 'Opening a large pull in the console, and changing large flows and mappings',
  parts,
  answer: async (asked = parts) => {
    if (!hasChromium) return []
    return withSluice(async (sluice) => {
      const pull = asked.includes('pull') ? await openPull(sluice) : undefined
      const flow = asked.includes('flow') ? await makeManySteps(sluice, steps) : undefined
      const browser = await openBrowser(sluice)
      try {
        return [
          ...(pull ? await pullOpens(browser, pull) : []),
          ...(flow ? await dragsStep(browser, flow) : []),
          ...(asked.includes('mapping') ? await scrollsMapping(sluice, browser) : []),
          ...(asked.includes('preview') ? await followsKeys(sluice, browser) : []),
        ]
      } finally {
        await browser.close()
      }
    })
  },
}
