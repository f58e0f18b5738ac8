/** Names that people and programs send: markup, other directions of writing, endless ones, emoji. They are shown as they are, and run nowhere. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'
import type { Api } from '../../harness/api.ts'
import { makeOneOfEach, order } from '../../harness/samples.ts'
import { everyPageMs, listPages, settle, type ConsolePage } from '../pages.ts'

const script = '<script>window.stolen = 1</script><img src=x onerror="window.stolen = 1">'
const names = [script, '\u202Eesrever \u200F\u05E9\u05DC\u05D5\u05DD', '👩🏽‍🚀'.repeat(20), 'W'.repeat(200)]
/** The longest text that a description takes. */
const long = `${script} ${'lorem ipsum '.repeat(840)}`.slice(0, 10_240)

export function tellHostileNames(world: ConsoleWorld): void {
  const made: string[] = []
  beforeAll(async () => {
    for (const name of names) {
      const body = {
        name,
        description: long,
        readme: `# ${name}\n[a](javascript:window.stolen=1)\n${script}`,
        settings: { [script]: long },
        flowGroupings: [{ name: script }],
      }
      const { _id, flowGroupings } = await world.client.call('createIntegration', { body })
      const group = flowGroupings?.[0]?._id
      await world.client.call('createFlow', {
        body: { name, description: long, _integrationId: _id, ...(group && { _flowGroupingId: group }) },
      })
      await world.client.call('createIntegrationRevision', { params: { _id }, body: { description: long } })
      made.push(_id)
    }
  })
  // What is long and loud is in nobody's way afterwards.
  afterAll(async () => {
    for (const _id of made) await world.client.call('deleteIntegration', { params: { _id } })
  })

  test(
    'are shown as they are on every page, within their room, and nothing in them runs',
    async () => {
      const [wide, ran]: [string[], string[]] = [[], []]
      const paths = [
        '/',
        '/?view=list',
        ...made.flatMap((id) => ['flows', 'revisions', 'settings', 'audit', 'admin'].map((tab) => `/integrations/${id}/${tab}`)),
      ]
      for (const path of paths) {
        const page = await world.open(path)
        await page.locator('h1').first().waitFor()
        await page.locator('.loading').first().waitFor({ state: 'detached' })
        if (await page.evaluate('window.stolen')) ran.push(path)
        if (await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')) wide.push(path)
      }
      expect({ wide, ran }).toEqual({ wide: [], ran: [] })
      const page = await world.open('/')
      await page.getByRole('link', { name: script }).waitFor()
    },
    everyPageMs,
  )

  test(
    'nor in a document of any type, on its page, in its list and wherever else it is named',
    async () => {
      const call: Api['call'] = (method, path, body, headers) =>
        world.api.call(method, path, { ...(body as object), name: script, description: script }, headers)
      const ids = await makeOneOfEach(call)
      const pages: readonly ConsolePage[] = [
        ...order.flatMap((collection) => [
          { name: collection, path: `/resources/${collection}` },
          { name: `${collection}, one`, path: `/resources/${collection}/${ids[collection]}` },
          { name: `${collection}, used by`, path: `/resources/${collection}/${ids[collection]}?tab=uses` },
        ]),
        { name: 'their flow', path: `/flows/${ids.flows}` },
        { name: 'their integration', path: `/integrations/${ids.integrations}/connections` },
        ...listPages(world),
      ]
      const ran: string[] = []
      for (const { name, path, who } of pages) {
        const page = await world.open(path, who)
        await settle(page)
        if (await page.evaluate('window.stolen')) ran.push(name)
      }
      expect(ran).toEqual([])
      const statuses: number[] = []
      for (const collection of order.toReversed())
        statuses.push((await world.api.call('DELETE', `/v1/${collection}/${ids[collection]}`)).status)
      expect(new Set(statuses)).toEqual(new Set([204]))
    },
    everyPageMs,
  )
}
