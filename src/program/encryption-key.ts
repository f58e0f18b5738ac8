/** The key that seals secrets, where none is set: made once, kept in the data folder for its owner's eyes only. */
import { randomBytes } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from '../domain/errors.ts'
import { keyBytes } from '../domain/vault.ts'
import { makeFolder } from '../store/embedded/folder.ts'

/** `mayMake` is asked where there is none, and throws where secrets are sealed with one already: a new one would only look like it. */
export async function readOrMakeKey(folder: string, mayMake: () => Promise<void>): Promise<Buffer> {
  const file = join(folder, 'encryption-key')
  await makeFolder(folder)
  const text = await readFile(file, 'utf8').catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    await mayMake()
    await makeKey(file)
    return readFile(file, 'utf8')
  })
  const key = Buffer.from(text.trim(), 'hex')
  if (key.length !== keyBytes) throw new SetupError(`The file ${file} does not hold a key: bring it back from your backup.`)
  return key
}

/** The file appears whole or not at all, and only once: programs that start at the same time end up with one key. */
async function makeKey(file: string): Promise<void> {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(draft, `${randomBytes(keyBytes).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
}
