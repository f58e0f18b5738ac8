/** The key file of the data folder: made once, whole, and the same for all who ask. */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SetupError } from '../../src/domain/errors.ts'
import { readOrMakeKey } from '../../src/program/encryption-key.ts'
import { createTestDatabase } from '../harness/database.ts'
import { dataFolder, serveToEnd, startProgram } from '../harness/program.ts'
import { urlOf } from '../harness/database-url.ts'

test('many who ask at once get one key, and nothing else is left behind', async () => {
  const folder = join(await dataFolder(), 'new')
  const keys = await Promise.all(Array.from({ length: 50 }, () => readOrMakeKey(folder, async () => {})))
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
  expect(await readdir(folder)).toEqual(['encryption-key'])
  expect((await stat(join(folder, 'encryption-key'))).mode & 0o777).toBe(0o600)
  expect(keys[0]).toHaveLength(32)
  expect(await readOrMakeKey(folder, async () => {})).toEqual(keys[0])
})

test('a damaged file is refused, named, and left as it is', async () => {
  const folder = await dataFolder()
  const file = join(folder, 'encryption-key')
  for (const text of ['', 'short', `${'zz'.repeat(32)}\n`]) {
    await writeFile(file, text)
    await expect(readOrMakeKey(folder, async () => {})).rejects.toThrow(SetupError)
    await expect(readOrMakeKey(folder, async () => {})).rejects.toThrow(file)
    expect(await readFile(file, 'utf8')).toBe(text)
  }
})

test(
  'with the file gone, a start is refused with a sentence and makes no other one; with the file back it starts',
  { timeout: 180_000 },
  async () => {
    const { config, drop } = await createTestDatabase()
    const SLUICE_DATA = await dataFolder()
    const env = { DATABASE_URL: urlOf(config), SLUICE_DATA }
    await (await startProgram(env)).stop()
    const file = join(SLUICE_DATA, 'encryption-key')
    const key = await readFile(file, 'utf8')
    await rm(file)
    const { code, stderr } = await serveToEnd(env)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^The secrets in this database are sealed with the key \w+, and \S+ lacks its file encryption-key: [^\n]+\n$/,
      ) as string,
    })
    expect(await readdir(SLUICE_DATA)).not.toContain('encryption-key')
    await writeFile(file, key)
    expect((await (await startProgram(env)).stop()).code).toBe(0)
    await drop()
  },
)

test.runIf(process.platform === 'linux')(
  'where no folder can be made, a start says so instead of trying for ever',
  { timeout: 60_000 },
  async () => {
    for (const SLUICE_DATA of ['/proc/x', '/proc/x/y']) {
      const { code, stderr } = await serveToEnd({ SLUICE_DATA })
      expect({ code, stderr }).toEqual({ code: 1, stderr: `The data folder ${SLUICE_DATA} cannot be used: no folder can be made there.\n` })
    }
  },
)
