/** Backup and restore as commands: of a server that runs, from the database in the data folder to one's own, and back. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startApplication } from '../harness/application.ts'
import { urlOf } from '../harness/database-url.ts'
import { createEmptyDatabase } from '../harness/database.ts'
import { ended, makeFlow, numbered, startRun } from '../harness/flows.ts'
import { dataFolder, runToEnd, startProgram, type Environment } from '../harness/program.ts'

/** Embedded servers start and stop, and each command is a program of its own. */
const patient = { timeout: 300_000 }
/** For a run of three records, on a machine that is busy with other tests. Milliseconds. */
const patienceMs = 120_000

const sluice = (env: Environment, ...words: string[]) => runToEnd(['bin/sluice.js', ...words], env)

test(
  'a running server is backed up, and restored into a database of its own and back into a data folder, secrets and all',
  patient,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-backup-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const application = await startApplication({ sources: { orders: numbered(3) } })
    const keys: unknown[] = []
    application.server.on('request', (request) => keys.push(request.headers['x-key']))
    const outside = await createEmptyDatabase()
    onTestFinished(async () => {
      await application.close()
      await outside.drop()
    })
    const [first, key, second] = ['first.zip', 'first.key', 'second.zip'].map((name) => join(folder, name)) as [string, string, string]
    const data = await dataFolder()
    const program = await startProgram({ SLUICE_DATA: data })
    const { token } = program
    const { _id } = await makeFlow(program, application, {
      connection: { auth: { type: 'token', token: { token: 'a sealed secret', location: 'header', headerName: 'x-key', scheme: ' ' } } },
    })
    const jobId = await startRun(program, _id)
    expect(await ended(program, jobId, patienceMs)).toMatchObject({ status: 'completed', numSuccess: 3 })
    // How often the owner has come is put on record a second after this look at another server began, which may take as long.
    const times = /(?<="newValue":)\d+(?=,"fieldPath":"times")/
    const look = async ({ call }: Pick<typeof program, 'call'>) =>
      Promise.all(
        ['/v1/flows', '/v1/connections', '/v1/jobs', '/v1/audit', '/v1/profile'].map(async (path) =>
          (await call('GET', path, undefined, token)).text.replace(times, 'some'),
        ),
      )
    const before = await look(program)

    // While the server runs, and goes on.
    const made = await sluice({ SLUICE_DATA: data }, 'backup', first, '--key-file', key)
    expect(made).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\S+first\.zip holds [\d,]+ rows of \d+ tables of \S+Z\.\n$/) as string,
      stderr: `${key} holds the key that opens its secrets: keep it apart from the backup.\n`,
    })
    expect(await readdir(folder)).toEqual(['first.key', 'first.zip'])
    for (const each of [first, key]) expect((await stat(each)).mode & 0o777).toBe(0o600)
    const bytes = await readFile(first)
    const ownKey = (await readFile(join(data, 'encryption-key'), 'utf8')).trim()
    expect((await readFile(key, 'utf8')).trim()).toBe(ownKey)
    for (const secret of [ownKey, 'a sealed secret', token ?? '']) expect(bytes.includes(secret)).toBe(false)
    expect(await sluice({ SLUICE_DATA: data }, 'backup', first)).toMatchObject({
      code: 1,
      stderr: `${first} is there already: it is not written over.\n`,
    })
    expect(await sluice({ SLUICE_DATA: data }, 'restore', first)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The data folder \S+ is in use by another Sluice \(process \d+\)\./) as string,
    })

    // A key that opens nothing of it is refused before anything is there.
    const DATABASE_URL = urlOf(outside.config)
    const own = await dataFolder()
    const other = { DATABASE_URL, SLUICE_DATA: own }
    const wrong = await sluice({ ...other, SLUICE_ENCRYPTION_KEY: 'ab'.repeat(32) }, 'restore', first)
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^The secrets of the backup are sealed with the key \w{8}, and SLUICE_ENCRYPTION_KEY does not hold it: set that one\. Nothing was restored\.\n$/,
      ) as string,
    })
    await writeFile(join(folder, 'wrong.key'), `${'cd'.repeat(32)}\n`)
    expect(await sluice(other, 'restore', first, '--key-file', join(folder, 'wrong.key'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('wrong.key does not hold it.') as string,
    })

    // To a database of its own. Without the key it is there, and told to be sealed; no server starts on it.
    const moved = await sluice(other, 'restore', first)
    expect(moved).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^[\d,]+ rows of \d+ tables of \S+Z are restored\.\n$/) as string,
    })
    expect(moved.stderr).toContain('No server starts on this database before it has it')
    expect(await sluice(other, 'serve')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('lacks its file encryption-key') as string,
    })
    const onOwn = await startProgram({ ...other, SLUICE_ENCRYPTION_KEY: ownKey }, token)
    expect(await look(onOwn)).toEqual(before)
    keys.length = 0
    expect(await ended(onOwn, await startRun(onOwn, _id), patienceMs)).toMatchObject({ status: 'completed', numSuccess: 3 })
    expect(new Set(keys)).toEqual(new Set(['a sealed secret']))
    expect(await sluice({ ...other, SLUICE_ENCRYPTION_KEY: ownKey }, 'restore', first)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The target is not empty: /) as string,
    })
    // What was refused leaves no key: the next backup may have another one.
    expect(await sluice(other, 'restore', first, '--key-file', key)).toMatchObject({ code: 1 })
    await expect(stat(join(other.SLUICE_DATA, 'encryption-key'))).rejects.toMatchObject({ code: 'ENOENT' })
    const after = await look(onOwn)
    await onOwn.stop()
    await program.stop()

    // And back into a data folder.
    const back = JSON.parse((await sluice({ ...other, SLUICE_ENCRYPTION_KEY: ownKey }, 'backup', second, '--json')).stdout)
    expect(back).toMatchObject({ file: second, keyId: expect.stringMatching(/^\w{8}$/), bytes: (await stat(second)).size })
    const checked = await sluice({}, 'restore', second, '--check')
    expect(checked).toMatchObject({ code: 0, stdout: expect.stringMatching(/second\.zip is whole: .+, by Sluice \d/) as string })
    const SLUICE_DATA = join(await dataFolder(), 'new')
    expect(await sluice({ SLUICE_DATA }, 'backup', join(folder, 'none.zip'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There is nothing to back up: the data folder \S+ has no database\./) as string,
    })
    const restored = await sluice({ SLUICE_DATA }, 'restore', second, '--key-file', key)
    expect(restored).toMatchObject({ code: 0, stderr: expect.stringMatching(/^The key \w{8} is in \S+ now\.\n$/) as string })
    expect((await stat(join(SLUICE_DATA, 'encryption-key'))).mode & 0o777).toBe(0o600)
    const inFolder = await startProgram({ SLUICE_DATA }, token)
    expect(await look(inFolder)).toEqual(after)
    expect(await ended(inFolder, await startRun(inFolder, _id), patienceMs)).toMatchObject({ status: 'completed', numSuccess: 3 })
    await inFolder.stop()
  },
)
