/** Senders of webhooks that never come to an end: they take the share of their address, and the application at another one is heard all the time. */
import { spawn } from 'node:child_process'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication } from '../harness/application.ts'
import { makeFlow, until, type Maker } from '../harness/flows.ts'
import { residentMB, startTarget } from './target.ts'

const api = apiForFile()
/** Senders from a hundred addresses, each with a connection of its own. */
const crowd = 10_000
/** What they may cost a server all together: a parser, a socket and the beginning of a body each. MB. */
const crowdMB = 400

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

function send(path: string, localAddress: string, url = api.url): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    request({ port: portOf(url), host: '127.0.0.1', localAddress, path, method: 'POST', headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
    })
      .once('error', reject)
      .end('{"id":1}')
  })
}

async function makeWebhook(maker: Maker): Promise<string> {
  const application = await startApplication()
  onTestFinished(() => application.close())
  const secret = 'nobody-else-knows'
  const flow = await makeFlow(maker, application, { exports: { orders: { webhook: { verify: 'secret_url', token: secret } } } })
  return `/v1/exports/${flow.ids['orders']}/${secret}/data`
}

test('a hundred senders that send a byte now and then are refused beyond the share of their address, which others do not notice', async () => {
  const path = await makeWebhook(api)
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
}, 60_000)

interface Crowd {
  readonly opened: number
  readonly connected: number
  readonly refused: number
}

/** Goes when the test is over. Answers what the senders told last. */
function gather(url: string, path: string): { readonly seen: () => Crowd; leave(): void } {
  const program = fileURLToPath(new URL('crowd.ts', import.meta.url))
  const child = spawn(process.execPath, [program, String(portOf(url)), path, String(crowd)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let seen: Crowd = { opened: 0, connected: 0, refused: 0 }
  createInterface({ input: child.stdout }).on('line', (line) => (seen = JSON.parse(line) as Crowd))
  onTestFinished(() => void child.kill('SIGKILL'))
  return { seen: () => seen, leave: () => void child.kill('SIGKILL') }
}

test('ten thousand connections that send a byte a second cost a server little, and an honest sender is answered beside them', async () => {
  const target = await startTarget()
  const path = await makeWebhook(target)
  const server = target.program.child.pid as number
  expect(await send(path, ours, target.url)).toBe(204)
  const before = residentMB(server)
  const { seen, leave } = gather(target.url, path)
  // On a busy machine the first ones are cut off, and come again, before the last ones have come.
  await until(() => (seen().opened >= crowd ? true : undefined), 300_000)
  for (let n = 0; n < 5; n++) expect(await send(path, ours, target.url)).toBe(204)
  expect(await target.call('GET', '/v1/flows')).toMatchObject({ status: 200 })
  expect(residentMB(server) - before).toBeLessThan(crowdMB)
  // They are at it still, and none of them was let go for the sake of others.
  const { connected, refused } = seen()
  expect(connected).toBeGreaterThan(crowd / 10)
  expect(refused).toBe(0)
  leave()
  for (let n = 0; n < 5; n++) expect(await send(path, ours, target.url)).toBe(204)
}, 600_000)
