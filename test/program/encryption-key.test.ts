/** The key file of the data folder: made once, whole, and the same for all who ask. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SetupError } from '../../src/domain/errors.ts'
import { keyInFolder } from '../../src/program/encryption-key.ts'
import { dataFolder } from '../harness/program.ts'

test('many who ask at once get one key, and nothing else is left behind', async () => {
  const folder = join(await dataFolder(), 'new')
  const keys = await Promise.all(Array.from({ length: 50 }, () => keyInFolder(folder)))
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
  expect(await readdir(folder)).toEqual(['encryption-key'])
  expect((await stat(join(folder, 'encryption-key'))).mode & 0o777).toBe(0o600)
  expect(keys[0]).toHaveLength(32)
  expect(await keyInFolder(folder)).toEqual(keys[0])
})

test('a damaged file is refused, named, and left as it is', async () => {
  const folder = await dataFolder()
  const file = join(folder, 'encryption-key')
  for (const text of ['', 'short', `${'zz'.repeat(32)}\n`]) {
    await writeFile(file, text)
    await expect(keyInFolder(folder)).rejects.toThrow(SetupError)
    await expect(keyInFolder(folder)).rejects.toThrow(file)
    expect(await readFile(file, 'utf8')).toBe(text)
  }
})
