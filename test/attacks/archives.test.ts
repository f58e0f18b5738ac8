/** Archives that are small and unpack to a hundred megabytes: one account has one unpacked at a time, whatever it sends. */
import { expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { make } from '../harness/flows.ts'
import { beside, residentMB, startTarget } from './target.ts'

const mb = 1024 * 1024

/** 120 MB of files that each are what an integration may hold, in 130 kB. */
async function bomb(): Promise<Buffer> {
  const archive = new ZipFile()
  const bytes = Buffer.alloc(6 * mb - 1, 'a')
  for (let i = 0; i < 20; i++) archive.addBuffer(bytes, `scripts/s.${i.toString(16).padStart(24, '0')}.js`)
  archive.end()
  const chunks: Buffer[] = []
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

test('44 archives at once hold the memory of one, and those that cannot wait are told so', async () => {
  const target = await startTarget()
  const server = target.program.child.pid as number
  const body = await bomb()
  expect(body.length).toBeLessThan(mb)
  const { _id } = await make({ call: target.call }, 'integrations', { name: 'Target' })
  const before = residentMB(server)
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, residentMB(server))), 20)
  const { result } = await beside(target, () =>
    Promise.all(
      Array.from({ length: 44 }, async () => {
        const headers = { authorization: `Bearer ${target.token}`, 'content-type': 'application/zip' }
        const answer = await fetch(`${target.url}/v1/integrations/${_id}/files`, { method: 'PUT', headers, body })
        return [answer.status, await answer.text()] as const
      }),
    ),
  )
  clearInterval(watch)
  expect(new Set(result.map(([status]) => status))).toEqual(new Set([422, 429]))
  expect(result.find(([status]) => status === 429)?.[1]).toContain('too_many_at_once')
  // One is unpacked at a time; what the one before it held may not be collected yet. 44 held 5.6 GB.
  expect(most - before).toBeLessThan(900)
}, 120_000)
