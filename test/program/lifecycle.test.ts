/** The program from start to end: what it prints, what it keeps, how it stops, and what a crash cannot take away. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, describe } from 'vitest'
import { createEmptyDatabase, createTestDatabase } from '../harness/database.ts'
import { dataFolder, runToEnd, serveToEnd, startProgram, type Program } from '../harness/program.ts'
import { openWire } from '../harness/socket.ts'
import { urlOf } from '../harness/database-url.ts'

/** Embedded servers start and stop in these tests, several at a time. */
const patient = { timeout: 240_000 }
/** Far below any timeout that a hanging connection would run into, far above what stopping takes. In milliseconds. */
const promptlyMs = 15_000

async function timed<T>(work: Promise<T>): Promise<{ result: T; ms: number }> {
  const began = Date.now()
  return { result: await work, ms: Date.now() - began }
}

const head = (method: string, path: string, more = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer known-token-for-tests\r\nContent-Type: application/json\r\n${more}\r\n`

describe('a start', () => {
  test('the first prints the address and the token, once; a restart keeps token and documents and prints no token', patient, async () => {
    const SLUICE_DATA = await dataFolder()
    const first = await startProgram({ SLUICE_DATA })
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    expect(first.token).toMatch(/^[0-9a-f]{64}$/)
    const { body: made } = await first.call('POST', '/v1/integrations', { name: 'kept' })
    const http = {
      baseURI: 'https://a.example',
      mediaType: 'json',
      auth: { type: 'basic', basic: { username: 'u', password: 'p4ssword' } },
    }
    const { body: connection } = await first.call('POST', '/v1/connections', { name: 'c', type: 'http', http })
    expect((await first.stop()).code).toBe(0)

    const second = await startProgram({ SLUICE_DATA }, first.token)
    expect(second.token).toBeUndefined()
    expect(second.output()).not.toContain(first.token)
    expect((await second.call('GET', `/v1/integrations/${made._id}`)).body).toEqual(made)
    // The secret is still there: its mask is taken.
    expect((await second.call('PUT', `/v1/connections/${connection._id}`, connection)).status).toBe(200)
    expect(await (await fetch(`${second.url}/health`)).json()).toEqual({ status: 'ok' })
    const { code, stdout, stderr } = await second.stop()
    expect({ code, stderr, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, stderr: '', lines: 1 })
  })

  test("SLUICE_TOKEN is the owner's token and printed nowhere; another one takes its place", patient, async () => {
    const { config, drop } = await createTestDatabase()
    const env = { SLUICE_DATA: await dataFolder(), DATABASE_URL: urlOf(config) }
    const first = await startProgram({ ...env, SLUICE_TOKEN: 'first-known-token' }, 'first-known-token')
    expect((await first.call('POST', '/v1/integrations', { name: 'kept' })).status).toBe(201)
    expect(first.output()).not.toContain('first-known-token')
    await first.stop()
    const second = await startProgram({ ...env, SLUICE_TOKEN: 'second-known-token' }, 'second-known-token')
    expect((await second.call('GET', '/v1/integrations')).body).toHaveLength(1)
    expect((await second.call('GET', '/v1/integrations', undefined, 'first-known-token')).status).toBe(401)
    await second.stop()
    await drop()
  })

  test('on a folder in use: one line that names the folder, exit 1, and the first goes on', patient, async () => {
    const SLUICE_DATA = await dataFolder()
    const first = await startProgram({ SLUICE_DATA })
    const second = await serveToEnd({ SLUICE_DATA })
    expect({ ...second, stderr: '' }).toEqual({ code: 1, stdout: '', stderr: '' })
    expect(second.stderr).toMatch(/^The data folder \S+ is in use by another Sluice \(process \d+\)\. [^\n]+\n$/)
    expect(second.stderr).toContain(String(first.child.pid))
    expect((await first.call('GET', '/v1/tokenInfo')).status).toBe(200)
    expect((await first.stop()).code).toBe(0)
  })

  test('of two programs at once on one empty database: both serve it, with one owner', patient, async () => {
    const { config, drop } = await createEmptyDatabase()
    const env = { DATABASE_URL: urlOf(config), SLUICE_DATA: await dataFolder() }
    const [one, two] = await Promise.all([startProgram(env), startProgram(env)])
    const tokens = [one.token, two.token].filter((token) => token !== undefined)
    expect(tokens).toHaveLength(1)
    const { body } = await one.call('POST', '/v1/integrations', { name: 'shared' }, tokens[0])
    expect((await two.call('GET', `/v1/integrations/${body._id}`, undefined, tokens[0])).body).toEqual(body)
    expect([(await one.stop()).code, (await two.stop()).code]).toEqual([0, 0])
    await drop()
  })
})

describe('the data folder', () => {
  test('is closed to everybody else, and so are the secrets in it', patient, async () => {
    const SLUICE_DATA = join(await dataFolder(), 'new', 'folder')
    const program = await startProgram({ SLUICE_DATA })
    const mode = async (path: string) => ((await stat(join(SLUICE_DATA, path))).mode & 0o777).toString(8)
    for (const file of ['encryption-key', 'postgres-password']) expect({ file, mode: await mode(file) }).toEqual({ file, mode: '600' })
    for (const folder of ['postgres', 'run']) expect({ folder, mode: await mode(folder) }).toEqual({ folder, mode: '700' })
    // Others may have to pass through it to what is theirs, never read it.
    expect(await mode('')).toMatch(/^7[01][01]$/)
    expect((await readdir(SLUICE_DATA)).filter((name) => name.startsWith('encryption-key'))).toEqual(['encryption-key'])
    const key = (await readFile(join(SLUICE_DATA, 'encryption-key'), 'utf8')).trim()
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    await program.stop()
    expect(program.output()).not.toContain(key)
  })
})

describe('SIGTERM', () => {
  const start = async () => {
    const { config, drop } = await createTestDatabase()
    const env = { DATABASE_URL: urlOf(config), SLUICE_DATA: await dataFolder(), SLUICE_TOKEN: 'known-token-for-tests' }
    return { program: await startProgram(env, 'known-token-for-tests'), env, drop }
  }

  test('lets a request in flight finish, then ends with 0, although the client would keep its connection', patient, async () => {
    const { program, env, drop } = await start()
    const wire = await openWire(program.url)
    wire.send(head('POST', '/v1/integrations', 'Content-Length: 20\r\nExpect: 100-continue\r\n'))
    await wire.until(/100 Continue/)
    program.signal('SIGTERM')
    await expect
      .poll(
        () =>
          openWire(program.url).then(
            (other) => other.close(),
            () => 'refused',
          ),
        { timeout: 10_000 },
      )
      .toBe('refused')
    wire.send('{"name":"in flight"')
    await new Promise((wake) => setTimeout(wake, 300))
    expect(program.child.exitCode).toBeNull()
    wire.send('}')
    const { result, ms } = await timed(program.ended)
    expect(await wire.ended()).toMatch(/HTTP\/1\.1 201 [^]*"in flight"/)
    expect({ code: result.code, stderr: result.stderr, prompt: ms < promptlyMs }).toEqual({ code: 0, stderr: '', prompt: true })
    const again = await startProgram(env, 'known-token-for-tests')
    expect((await again.call('GET', '/v1/integrations')).body).toMatchObject([{ name: 'in flight' }])
    await again.stop()
    await drop()
  })

  test('does not wait for connections that ask nothing: idle ones, and ones that never said a word', patient, async () => {
    const { program, drop } = await start()
    const [idle, silent] = [await openWire(program.url), await openWire(program.url)]
    idle.send(head('GET', '/v1/tokenInfo'))
    await idle.until(/scope/)
    program.signal('SIGTERM')
    const { result, ms } = await timed(program.ended)
    expect({ code: result.code, stderr: result.stderr, prompt: ms < promptlyMs }).toEqual({ code: 0, stderr: '', prompt: true })
    idle.close()
    silent.close()
    await drop()
  })

  test('does not wait for ever for a request that never ends', patient, async () => {
    const { program, drop } = await start()
    const wire = await openWire(program.url)
    wire.send(head('POST', '/v1/integrations', 'Content-Length: 1000\r\n'))
    await new Promise((wake) => setTimeout(wake, 200))
    program.signal('SIGTERM')
    const { result, ms } = await timed(program.ended)
    expect({ code: result.code, bounded: ms < 30_000 }).toEqual({ code: 0, bounded: true })
    wire.close()
    await drop()
  })

  test('SIGINT does the same, and a second signal ends at once', patient, async () => {
    const { program, drop } = await start()
    const wire = await openWire(program.url)
    wire.send(head('POST', '/v1/integrations', 'Content-Length: 1000\r\nExpect: 100-continue\r\n'))
    await wire.until(/100 Continue/)
    program.signal('SIGINT')
    await new Promise((wake) => setTimeout(wake, 300))
    program.signal('SIGTERM')
    const { result, ms } = await timed(program.ended)
    expect({ code: result.code, prompt: ms < 5000 }).toEqual({ code: 1, prompt: true })
    wire.close()
    await drop()
  })
})

describe('kill -9', () => {
  /** Creates documents one after the other until the program is gone; answers the ids that were acknowledged. */
  async function write(program: Program, acknowledged: string[]): Promise<void> {
    try {
      for (;;) {
        const { status, body } = await program.call('POST', '/v1/scripts', { name: 'a', content: randomBytes(200).toString('hex') })
        if (status === 201) acknowledged.push(body._id)
      }
    } catch {
      // Gone, as it was meant to be.
    }
  }

  test('loses nothing that was acknowledged, and the folder starts again', { timeout: 240_000 }, async () => {
    const SLUICE_DATA = await dataFolder()
    const env = { SLUICE_DATA, SLUICE_TOKEN: 'known-token-for-tests' }
    const acknowledged: string[] = []
    for (let round = 0; round < 2; round += 1) {
      const program = await startProgram(env, 'known-token-for-tests')
      const before = acknowledged.length
      const writers = Array.from({ length: 4 }, () => write(program, acknowledged))
      await expect.poll(() => acknowledged.length - before, { timeout: 60_000 }).toBeGreaterThan(100)
      program.signal('SIGKILL')
      await Promise.all([program.ended, ...writers])
    }
    const program = await startProgram(env, 'known-token-for-tests')
    const found = new Set<string>()
    for (let skip = 0; ; skip += 1000) {
      const { status, body } = await program.call('GET', `/v1/scripts?include=name&skip=${skip}`)
      if (status === 204) break
      for (const { _id } of body) found.add(_id)
    }
    expect(acknowledged.length).toBeGreaterThan(200)
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
    expect((await program.stop()).code).toBe(0)
  })
})

describe('sluice user add', () => {
  const add = (email: string, env: Record<string, string>, ...options: string[]) =>
    runToEnd(['bin/sluice.js', 'user', 'add', email, ...options], env)

  test(
    'on a folder in use prints the user and their token; they see nothing of the owner, and a second time is refused',
    patient,
    async () => {
      const SLUICE_DATA = await dataFolder()
      const program = await startProgram({ SLUICE_DATA })
      const { body: owned } = await program.call('POST', '/v1/integrations', { name: 'of the owner' })
      const { code, stdout, stderr } = await add('someone@example.com', { SLUICE_DATA }, '--json')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const user = JSON.parse(stdout)
      expect(stdout).toBe(`${JSON.stringify(user)}\n`)
      expect(user).toEqual({
        _id: expect.stringMatching(/^[0-9a-f]{24}$/),
        email: 'someone@example.com',
        token: expect.stringMatching(/^[0-9a-f]{64}$/),
      })
      expect((await program.call('GET', '/v1/tokenInfo', undefined, user.token)).body).toEqual({ _userId: user._id, scope: '*' })
      expect((await program.call('GET', '/v1/integrations', undefined, user.token)).status).toBe(204)
      expect((await program.call('GET', `/v1/integrations/${owned._id}`, undefined, user.token)).status).toBe(404)
      for (const email of ['someone@example.com', 'SOMEONE@example.com']) {
        expect(await add(email, { SLUICE_DATA }, '--json')).toEqual({ code: 1, stdout: '', stderr: `There is a user ${email} already.\n` })
      }
      expect(await add('nobody', { SLUICE_DATA })).toEqual({ code: 1, stdout: '', stderr: '"nobody" is not an email address.\n' })
      const plain = await add('other@example.com', { SLUICE_DATA })
      expect(plain.stdout).toMatch(/^other@example\.com has the id [0-9a-f]{24}\.\nTheir token, shown this once: [0-9a-f]{64}\n$/)
      expect((await program.stop()).code).toBe(0)
    },
  )

  test("before the first start is refused: the first account is the owner's", patient, async () => {
    const { config, drop } = await createEmptyDatabase()
    const env = { SLUICE_DATA: await dataFolder(), DATABASE_URL: urlOf(config) }
    const early = await add('early@example.com', env, '--json')
    expect(early).toEqual({ code: 1, stdout: '', stderr: 'There is no owner yet: start Sluice once, then add users.\n' })
    const program = await startProgram(env)
    expect(program.token).toMatch(/^[0-9a-f]{64}$/)
    expect((await add('late@example.com', env, '--json')).code).toBe(0)
    await program.stop()
    await drop()
  })
})
