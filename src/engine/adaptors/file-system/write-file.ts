/** A file that is there as a whole or not at all: written beside its place under a hidden name, and renamed when it is complete. */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Chunks } from '../../formats/format.ts'
import { FileFailure } from '../files/failure.ts'

const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants

/** `by` tells writers of the same name apart. What one of them left behind when it was killed is written over when it comes back. */
export async function writeFile(folder: string, name: string, content: Chunks, by: string): Promise<void> {
  const draft = join(folder, `.sluice-${createHash('sha256').update(`${by} ${name}`).digest('hex').slice(0, 32)}.part`)
  try {
    const handle = await open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o640)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    // Takes the place of a link too, and follows none.
    await rename(draft, join(folder, name))
  } catch (error) {
    await unlink(draft).catch(() => undefined)
    throw error
  }
}

/** At the end of a file, which is made where it is missing. What does not come there as a whole is taken back. */
export async function appendToFile(folder: string, name: string, content: Chunks): Promise<void> {
  const handle = await open(join(folder, name), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o640)
  try {
    const before = await handle.stat()
    if (!before.isFile()) throw new FileFailure('file_refused', 'It is no file.')
    let sent = 0
    try {
      for await (const chunk of content) {
        sent += chunk.length
        await handle.appendFile(chunk)
      }
      await handle.sync()
    } catch (error) {
      // Not where somebody else wrote there as well.
      if ((await handle.stat()).size <= before.size + sent) await handle.truncate(before.size).catch(() => undefined)
      throw error
    }
  } finally {
    await handle.close()
  }
}
