/** docs/first-flow.md, typed as a reader types it: the first two blocks start real programs by npm, all others run in one shell, and what they answer fits what the page shows. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { differenceIn } from '../harness/fits.ts'
import { until } from '../harness/flows.ts'
import { pageOf } from './page.ts'

const root = resolve(import.meta.dirname, '../..')
const page = pageOf('first-flow.md')
/** A first start lays out a database. In milliseconds. */
const patience = 180_000

interface Block {
  readonly title: string
  readonly code: string
  /** What the page shows of its answer. */
  readonly shown?: unknown
}
const blocks = [...page.matchAll(/```sh\n([^]*?)```(?:\n\n```json\n([^]*?)```)?/g)].map(({ 1: code = '', 2: json, index }): Block => ({
  title: `${/[^]*\n## (.*)\n/.exec(page.slice(0, index))?.[1]}: ${code.split('\n')[0]}`,
  code,
  ...(json !== undefined && { shown: JSON.parse(json) as unknown }),
}))
const [start, shop, words, ...typed] = blocks as [Block, Block, Block, ...Block[]]

const children: ChildProcess[] = []
let folder: string
let environment: Record<string, string>

/** A line of a shell, to its end or as long as the test takes. What it says is kept. */
function shell(command: readonly string[], env: object = {}) {
  const child = spawn('bash', command, { cwd: root, env: { ...environment, ...env }, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  children.push(child)
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said.text += chunk.toString()))
  return { child, said }
}

async function saysWhere(said: { text: string }, ...patterns: readonly RegExp[]): Promise<readonly string[]> {
  await until(() => patterns.every((pattern) => pattern.test(said.text)) || undefined, patience)
  return patterns.map((pattern) => pattern.exec(said.text)?.[1] as string)
}

let reader: ReturnType<typeof shell>
/** The third block as it was typed here, and what came of it. */
let places: string
let said: string
/** Runs a block in the reader's shell, and answers what it printed. */
async function type(code: string): Promise<string> {
  reader.said.text = ''
  reader.child.stdin?.write(`${code}\necho "--done--"\n`)
  await until(() => reader.said.text.includes('--done--') || undefined, patience)
  return reader.said.text.replace('--done--\n', '')
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-first-flow-'))
  environment = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' }
  const server = shell(['-c', start.code], { PORT: '0', SLUICE_DATA: join(folder, 'data'), SLUICE_LOG_LEVEL: 'error' })
  const applications = shell(['-c', shop.code], { SHOP_PORT: '0', WAREHOUSE_PORT: '0' })
  const [sluice] = await saysWhere(server.said, /answers at (\S+)/)
  const [shopAt, warehouseAt] = await saysWhere(applications.said, /shop is at (\S+),/, /warehouse at (\S+)\. /)
  reader = shell(['--noprofile', '--norc'])
  // The addresses of the page, where this test's programs are.
  places = words.code.replace(/^SLUICE=.*$/m, `SLUICE=${sluice} SHOP=${shopAt} WAREHOUSE=${warehouseAt}`)
  said = await type(places)
}, patience)

afterAll(async () => {
  for (const child of children.toReversed()) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    process.kill(-(child.pid as number), 'SIGTERM')
    await once(child, 'exit')
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
}, patience)

test('the page starts Sluice and the applications as the README says, and shows what everything else answers', () => {
  expect(start.code).toMatch(/^SLUICE_TOKEN=\S{16,} npm start\n$/)
  expect(shop.code).toBe('npm run shop\n')
  expect(places).not.toBe(words.code)
  expect(said).toBe('')
  expect(typed.length).toBeGreaterThan(15)
  expect(typed.filter(({ shown }) => shown === undefined)).toEqual([])
})

test.each(typed)('$title', { timeout: patience }, async ({ code, shown }) => {
  const printed = await type(code)
  const last = printed.trimEnd().split('\n').at(-1) ?? ''
  const difference = /^[[{]/.test(last) ? differenceIn(shown, JSON.parse(last)) : 'it answered no JSON'
  expect(difference && { difference, printed }).toBeUndefined()
})
