/** What code would find that got out of its isolate: in the JavaScript of its process, and at the system, as machine code would. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { openSandbox } from '../../src/sandbox/open.ts'
import { launch } from '../../src/sandbox/launch.ts'
import { childProgram } from '../../src/sandbox/child-source.ts'
import { findOsIsolation } from '../../src/sandbox/os-isolation.ts'
import { call, sandboxForTest, silent } from './stage.ts'

const isWalled = !findOsIsolation().hasNetwork
const patienceMs = 20_000

/** Somebody to connect to. */
async function listener(): Promise<{ readonly port: number; readonly abstract: string; readonly met: () => number }> {
  let met = 0
  const abstract = `\0sluice-test-${process.pid}-${Math.random()}`
  const listen = async (where: { port: number; host: string } | { path: string }): Promise<number> => {
    const server = createServer((socket) => {
      met++
      socket.destroy()
    })
    server.listen(where)
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return (server.address() as { port?: number }).port ?? 0
  }
  const port = await listen({ port: 0, host: '127.0.0.1' })
  await listen({ path: abstract })
  return { port, abstract, met: () => met }
}

/** Tries one thing after the other and says on stderr what became of each. */
const probe = (attempts: Readonly<Record<string, string>>): string => `
const found = {}
const within = (promise) => Promise.race([promise, new Promise((_, no) => setTimeout(() => no(new Error('too late')), 5000))])
for (const [name, attempt] of Object.entries({ ${Object.entries(attempts)
  .map(([name, code]) => `${JSON.stringify(name)}: async () => { ${code} }`)
  .join(', ')} })) {
  try { found[name] = 'it works: ' + String(await within(attempt())) } catch (error) { found[name] = String(error.code ?? error.message) }
}
process.stderr.write('FOUND' + JSON.stringify(found) + '\\n')
`

async function foundBy(child: ChildProcess): Promise<Readonly<Record<string, string>>> {
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = text(child.stderr as NodeJS.ReadableStream)
  child.stderr?.on('data', (chunk: Buffer) => String(chunk).includes('FOUND') && child.kill('SIGKILL'))
  child.stdout?.resume()
  const all = await said
  clearTimeout(timer)
  const [, json] = /FOUND(\{.*\})/.exec(all) ?? []
  if (json === undefined) throw new Error(`it said ${all.slice(-2000)}`)
  return JSON.parse(json) as Record<string, string>
}

const connecting = (to: string): string =>
  `const net = await import('node:net'); await new Promise((yes, no) => net.connect(${to}).once('connect', yes).once('error', no))`
const attemptsAt = ({ port, abstract }: { port: number; abstract: string }): Record<string, string> => ({
  tcp: connecting(JSON.stringify({ port, host: '127.0.0.1' })),
  socket: connecting(JSON.stringify({ path: abstract })),
  udp: `const socket = (await import('node:dgram')).createSocket('udp4'); await new Promise((yes, no) => socket.send('x', ${port}, '127.0.0.1', (error) => error ? no(error) : yes()))`,
  fetch: `await fetch('http://127.0.0.1:${port}').catch((error) => { if (error.cause?.code !== 'UND_ERR_SOCKET') throw error.cause ?? error })`,
})
const reading = `return (await import('node:fs')).readFileSync('/etc/hostname', 'utf8')`
const others = {
  read: reading,
  list: `return (await import('node:fs')).readdirSync('/')`,
  write: `(await import('node:fs')).writeFileSync('/tmp/sluice-wall', 'x')`,
  spawn: `return (await import('node:child_process')).spawnSync('true').error?.code ?? 'spawned'`,
  worker: `new (await import('node:worker_threads')).Worker('1', { eval: true })`,
}

test('the probe connects where nothing keeps it from that', async () => {
  const at = await listener()
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', probe(attemptsAt(at))])
  const found = await foundBy(child)
  expect(Object.values(found).filter((each) => !each.startsWith('it works'))).toEqual([])
  expect(at.met()).toBeGreaterThanOrEqual(3)
})

test.runIf(isWalled)('the system gives a process no network: nobody can be reached, not even on this machine', async () => {
  const at = await listener()
  const found = await foundBy(launch(probe(attemptsAt(at))))
  expect(found).toEqual({ tcp: 'ENETUNREACH', socket: 'ECONNREFUSED', udp: 'ENETUNREACH', fetch: 'ENETUNREACH' })
  expect(at.met()).toBe(0)
})

test('a process reads no file, writes none, and starts nothing', async () => {
  const found = await foundBy(launch(probe(others)))
  expect(Object.entries(found).filter(([, each]) => each !== 'ERR_ACCESS_DENIED')).toEqual([])
})

test('the JavaScript of a process holds nothing that leads outside', async () => {
  const at = await listener()
  const tcp = JSON.stringify({ port: at.port, host: '127.0.0.1' })
  const found = await foundBy(
    launch(
      childProgram() +
        probe({
          ...attemptsAt(at),
          ...others,
          global: `return [typeof net, typeof child_process, typeof dgram, typeof fs, typeof WebSocket].find((each) => each !== 'undefined') ?? none()`,
          builtin: `return process.getBuiltinModule('net')`,
          binding: `return process.binding('tcp_wrap')`,
          addon: `return process.dlopen({ exports: {} }, process.argv[1])`,
          kill: `return process.kill(process.ppid, 0)`,
          'the socket of stdin': `await new Promise((yes, no) => new process.stdin.constructor().connect(${tcp}).once('connect', yes).once('error', no))`,
          'the handle of stdin': `return new process.stdin._handle.constructor(0).connect({}, '/tmp/x')`,
          'the child of a socket': `return process.stdout.constructor.prototype.connect.call(new process.stdout.constructor(), ${tcp})`,
        }),
    ),
  )
  expect(Object.entries(found).filter(([, each]) => each.startsWith('it works') || each === 'too late')).toEqual([])
  expect(at.met()).toBe(0)
})

test.runIf(process.platform === 'linux')('a process has limits of its own, and is the first to go when memory is short', async () => {
  const sandbox = sandboxForTest()
  await sandbox.call(call('function f() {}'), {})
  const [pid] = sandbox.pids
  const of = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8')
  const limit = (name: string): string | undefined =>
    new RegExp(`^Max ${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(of('limits'))?.slice(1).join(' ')
  expect(limit('core file size')).toBe('0 0')
  expect(limit('file size')).toBe('0 0')
  expect(limit('open files')).toBe('128 128')
  expect(limit('address space')).toBe('17179869184 17179869184')
  if (isWalled) expect(limit('processes')).toBe('2048 2048')
  expect(of('oom_score_adj').trim()).toBe('1000')
  expect(/^NoNewPrivs:\s+(\d)$/m.exec(of('status'))?.[1]).toBe('1')
})

test.runIf(process.platform === 'linux')('a script that runs long yields to the server, and the next call does not', async () => {
  const sandbox = sandboxForTest()
  const niceness = (): number[] =>
    readdirSync(`/proc/${pid}/task`).map((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
      return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[17])
    })
  await sandbox.call(call('function f() {}'), {})
  const [pid] = sandbox.pids
  const own = Math.max(...niceness())
  const going = sandbox.call(call('function f() { const end = Date.now() + 2000; while (Date.now() < end); return 1 }'), {})
  await expect.poll(() => Math.min(...niceness()), { timeout: 2000 }).toBe(own + 10)
  expect(await going).toBe(1)
  expect(await sandbox.call(call('function f() { return 2 }'), {})).toBe(2)
  if (process.getuid?.() === 0) expect(Math.max(...niceness())).toBe(own)
  else expect(sandbox.pids).not.toContain(pid)
})

test('whoever runs the server is told once where processes have a network', async () => {
  const warnings: string[] = []
  const sandbox = openSandbox({ ...silent, warn: (_what, message) => warnings.push(message) }, () => ({
    ...findOsIsolation(),
    hasNetwork: true,
  }))
  onTestFinished(() => sandbox.close())
  for (const envId of ['a', 'b']) await Promise.all([1, 2].map(async () => sandbox.call(call('function f() {}', { envId }), {})))
  expect(warnings).toEqual([expect.stringContaining('network')])
})
