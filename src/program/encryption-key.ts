/** The key that seals secrets, where none is set: made once, kept in the data folder for its owner's eyes only. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keyBytes } from '../domain/vault.ts'
import { keyOf } from '../settings.ts'

export async function keyInFolder(folder: string): Promise<Buffer> {
  const file = join(folder, 'encryption-key')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Fails where the file is there already: two programs that start at once end up with one key.
  await writeFile(file, `${randomBytes(keyBytes).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  return keyOf((await readFile(file, 'utf8')).trim())
}
