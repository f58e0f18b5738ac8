/** docs/tools.md, carried out: its requests in their order, and what they answer fits what the page shows. */
import { expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication } from '../harness/application.ts'
import { differenceIn } from '../harness/fits.ts'
import { make, makeConnection } from '../harness/flows.ts'
import { pageOf } from './page.ts'

const api = apiForFile()

const requests = [...pageOf('tools.md').matchAll(/```http\n(\w+) (\S+)(?: as (\w+))?\n([^]*?)```(?:\n\n```json\n([^]*?)```)?/g)]

const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' }

test('every request of the page is answered as it says', async () => {
  const application = await startApplication({ lookups: { customer: { c1: [{ name: 'Ann' }] } } })
  try {
    const ids: Record<string, string> = {
      shop: await makeConnection(api, application),
      integration: (await make(api, 'integrations', { name: 'Shop' }))._id,
    }
    const withIds = (text: string): string => text.replaceAll(/(?<!\{)\{(\w+)\}(?!\})/g, (whole, name: string) => ids[name] ?? whole)
    expect(requests.length).toBeGreaterThan(6)
    for (const [, method = '', path = '', name, body = '', shown] of requests) {
      const answer = await api.call(method, withIds(path), body === '' ? undefined : withIds(body), headers)
      expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300)
      expect(answer.headers.get('sluice-ignored-fields')).toBeNull()
      expect(answer.headers.get('sluice-warning')).toBeNull()
      if (name) ids[name] = answer.body._id
      if (shown) expect(differenceIn(JSON.parse(shown), answer.body)).toBeUndefined()
    }
  } finally {
    await application.close()
  }
})
