/** The processes that scripts run in: what they have, who shares them, and what becomes of one that dies. */
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { call, faultOf, sandboxForTest } from './stage.ts'

const root = resolve(import.meta.dirname, '../..')
const isLinux = process.platform === 'linux'
const isRoot = process.getuid?.() === 0
const ok = call('function f(o) { return o.n }')

describe('a process', () => {
  test.runIf(isLinux && isRoot)('has no root, no environment, and no descriptors but its own', async () => {
    const sandbox = sandboxForTest()
    await sandbox.call(ok, { n: 1 })
    const [pid] = sandbox.pids
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    expect(/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split('\t')).toEqual(['65534', '65534', '65534', '65534'])
    expect(/^Gid:\s+(.*)$/m.exec(status)?.[1]?.split('\t')).toEqual(['65534', '65534', '65534', '65534'])
    expect(/^Groups:[ \t]*(.*)$/m.exec(status)?.[1]?.trim()).toBe('')
    expect(/^CapEff:\s+(.*)$/m.exec(status)?.[1]).toBe('0000000000000000')
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
    expect(environment.filter((line) => !/^(?:TZ=UTC|PWD=\/)$/.test(line))).toEqual([])
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
    expect(open.filter((target) => !/^(?:socket|pipe|anon_inode):|^\/dev\/null$/.test(target))).toEqual([])
  })

  test.runIf(isRoot)(
    'starts where nobody but root may enter',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-closed-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      for (const part of ['src', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
      for (const name of ['isolated-vm/prebuilds', 'isolated-vm/isolated-vm.js', 'isolated-vm/package.json', 'node-gyp-build', 'dayjs'])
        cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true })
      const program = join(folder, 'program.ts')
      writeFileSync(
        program,
        `import { openSandbox } from './src/sandbox/open.ts'
const log = { info() {}, warn: console.error, error: console.error }
const sandbox = openSandbox(log)
console.log(await sandbox.call({ accountId: 'a', envId: 'e', script: { name: 's', content: 'function f() { return 42 }' }, function: 'f' }, {}))
sandbox.close()`,
      )
      const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: folder })
      expect(stdout.trim()).toBe('42')
    },
    60_000,
  )

  test.runIf(isLinux)('does not grow by what went through it', async () => {
    const sandbox = sandboxForTest()
    const echo = call('function f(o) { return o.text }')
    const text = 'x'.repeat(250_000)
    for (let i = 0; i < 400; i++) await sandbox.call(echo, { text })
    expect(sandbox.pids).toHaveLength(1)
    const [kilobytes] = /(?<=^VmRSS:\s+)\d+/m.exec(readFileSync(`/proc/${sandbox.pids[0]}/status`, 'utf8')) ?? []
    expect(Number(kilobytes) / 1024).toBeLessThan(180)
  })

  test('that is killed fails its call alone, and another one takes its place', async () => {
    const sandbox = sandboxForTest()
    await sandbox.call({ ...ok, accountId: 'other', envId: 'other' }, { n: 1 })
    const [kept] = sandbox.pids
    const slow = call('function f() { const end = Date.now() + 3000; while (Date.now() < end); return 1 }', {
      accountId: 'other',
      envId: 'other',
    })
    const going = sandbox.call(slow, {})
    const doomed = faultOf(sandbox.call(call('function f() { for (;;); }', { envId: 'doomed' }), {}))
    let pid: number | undefined
    while (pid === undefined) {
      await new Promise((done) => setTimeout(done, 50))
      pid = sandbox.pids.find((each) => each !== kept)
    }
    // Once it has begun: a process that is killed while it starts is simply started again.
    await new Promise((done) => setTimeout(done, 1500))
    process.kill(pid, 'SIGKILL')
    expect((await doomed).message).toContain('ended the process that it ran in')
    expect(await going).toBe(1)
    expect(await sandbox.call({ ...ok, envId: 'doomed' }, { n: 2 })).toBe(2)
    expect(sandbox.pids).not.toContain(pid)
  }, 60_000)
})

describe('scripts of different environments', () => {
  const counter = 'globalThis.count ??= 0; function f() { return [++globalThis.count, typeof globalThis.other] }'

  test('share no globals, and neither do different scripts of one', async () => {
    const sandbox = sandboxForTest()
    await sandbox.call(call('globalThis.other = 1; function f() {}', { envId: 'a' }), {})
    expect(await sandbox.call(call(counter, { envId: 'a' }), {})).toEqual([1, 'undefined'])
    expect(await sandbox.call(call(counter, { envId: 'b' }), {})).toEqual([1, 'undefined'])
  })

  test('have a way past one that loops in every process it gets', async () => {
    const sandbox = sandboxForTest()
    await sandbox.call(ok, { n: 0 })
    let over = 0
    const loops = Array.from({ length: 20 }, () =>
      faultOf(sandbox.call(call('function f() { for (;;); }', { accountId: 'greedy', envId: 'greedy', bounds: { runMs: 400 } }), {})).then(
        () => over++,
      ),
    )
    for (let n = 0; n < 5; n++) expect(await sandbox.call(ok, { n })).toBe(n)
    expect(over).toBeLessThan(20)
    await Promise.all(loops)
  }, 60_000)
})

test('a script that a script waits for does not wait for that one’s process', async () => {
  const sandbox = sandboxForTest()
  const nested = (depth: number): Promise<unknown> =>
    sandbox.call(
      call(`const { flows } = require('integrator-api'); function f() { return [${depth}, flows.run()] }`, {
        depth,
        api: async () => nested(depth + 1),
      }),
      {},
    )
  const fault = await faultOf(nested(0))
  expect(fault.message).toContain('more than 3 scripts, one after the other')
}, 60_000)

test('a sandbox that is closed leaves no process and no call waiting', async () => {
  const sandbox = sandboxForTest()
  const loop = call('function f() { for (;;); }')
  const calls = Array.from({ length: 4 }, () => faultOf(sandbox.call(loop, {})))
  await new Promise((done) => setTimeout(done, 1000))
  const { pids } = sandbox
  sandbox.close()
  await Promise.all(calls)
  expect((await faultOf(sandbox.call(ok, {}))).bound).toBe('queue')
  await expect.poll(() => pids.filter((pid) => isAlive(pid)), { timeout: 5000 }).toEqual([])
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
