/** The key that seals secrets, where none is set: made once, kept in the data folder for its owner's eyes only. */
import { randomBytes } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from '../domain/errors.ts'
import { keyBytes } from '../domain/vault.ts'
import { makeFolder } from '../store/embedded/folder.ts'

const keyName = 'encryption-key'

/** `mayMake` is asked where there is none, and throws where secrets are sealed with one already: a new one would only look like it. */
export async function readOrMakeKey(folder: string, mayMake: () => Promise<void>): Promise<Buffer> {
  await makeFolder(folder)
  const found = await readKey(folder)
  if (found) return found
  await mayMake()
  await keepKey(folder, randomBytes(keyBytes))
  return (await readKey(folder)) as Buffer
}

/** Undefined where the data folder has none. */
export async function readKey(folder: string): Promise<Buffer | undefined> {
  const file = join(folder, keyName)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const key = Buffer.from(text.trim(), 'hex')
  if (key.length !== keyBytes) throw new SetupError(`The file ${file} does not hold a key: bring it back from your backup.`)
  return key
}

/** For a restore that failed: nothing is sealed with it yet. */
export const removeKey = (folder: string): Promise<void> => rm(join(folder, keyName), { force: true })

/** The file appears whole or not at all, and only once: programs that start at the same time end up with one key. */
export async function keepKey(folder: string, key: Buffer): Promise<void> {
  const file = join(folder, keyName)
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(draft, `${key.toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
}
