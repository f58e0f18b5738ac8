/** Senders of webhooks that never come to an end: they take the share of their address, and the application at another one is heard all the time. */
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication } from '../harness/application.ts'
import { makeFlow } from '../harness/flows.ts'

const api = apiForFile()
/** Each says that a megabyte comes: 64 of them are what one address may have under way. */
const senders = 100
const length = 1024 * 1024
const [theirs, ours] = ['127.0.0.3', '127.0.0.2']

const portOf = (url: string): number => Number(new URL(url).port)

interface Slow {
  readonly socket: Socket
  status?: string
}

function sendSlowly(path: string): Promise<Slow> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: portOf(api.url), host: '127.0.0.1', localAddress: theirs })
    const slow: Slow = { socket }
    socket.on('data', (data) => (slow.status ??= data.toString('latin1').slice(9, 12)))
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.write(`POST ${path} HTTP/1.1\r\nhost: sluice\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n{`)
      resolve(slow)
    })
  })
}

function send(path: string, localAddress: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    request({ port: portOf(api.url), host: '127.0.0.1', localAddress, path, method: 'POST', headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
    })
      .once('error', reject)
      .end('{"id":1}')
  })
}

test('a hundred senders that send a byte now and then are refused beyond the share of their address, which others do not notice', async () => {
  const application = await startApplication()
  const secret = 'nobody-else-knows'
  const flow = await makeFlow(api, application, { exports: { orders: { webhook: { verify: 'secret_url', token: secret } } } })
  const path = `/v1/exports/${flow.ids['orders']}/${secret}/data`
  const slow = await Promise.all(Array.from({ length: senders }, () => sendSlowly(path)))
  const drip = setInterval(() => slow.forEach(({ socket }) => socket.destroyed || socket.write(' ')), 200)
  try {
    await expect.poll(() => slow.filter(({ status }) => status === '429').length, { timeout: 20_000 }).toBeGreaterThan(30)
    expect(slow.filter(({ status }) => status === undefined).length).toBeGreaterThan(60)
    expect(await send(path, theirs)).toBe(429)
    for (let n = 0; n < 10; n++) expect(await send(path, ours)).toBe(204)
  } finally {
    clearInterval(drip)
    for (const { socket } of slow) socket.destroy()
  }
  // What they took is free again.
  await expect.poll(() => send(path, theirs), { timeout: 20_000 }).toBe(204)
  await application.close()
}, 60_000)
