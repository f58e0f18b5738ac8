/** The demo's data folder: its own, or an empty one, or one that an earlier demo used. Never one with somebody's real data in it. */
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Broken } from './promise.ts'

export const ownFolder = '.sluice-demo'
const mark = 'made-by-the-demo.txt'
const words = 'The data of "npm run demo". It may be removed while no demo runs; the next one begins anew.\n'

/** Takes the folder, and marks it before anything else is in it. Answers whether an earlier demo was here. */
export async function claim(folder: string, isOwn: boolean): Promise<'empty' | 'used'> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const entries = await readdir(folder)
    if (entries.length > 0 && !isOwn && !entries.includes(mark))
      throw new Broken(`${folder} is not empty, and no demo made it. The demo leaves it alone: let SLUICE_DATA name an empty folder.`)
    if (entries.length === 0) await chmod(folder, 0o700)
    await writeFile(join(folder, mark), words, { mode: 0o600 })
    return entries.length === 0 ? 'empty' : 'used'
  } catch (error) {
    if (error instanceof Broken) throw error
    throw new Broken(`The data folder ${folder} cannot be used: ${(error as Error).message}`)
  }
}
