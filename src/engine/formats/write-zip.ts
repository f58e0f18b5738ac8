/** Writes ZIP archives. */
import type * as Yazl from 'yazl'
import { lazyLoad } from '../../domain/lazy-load.ts'

const yazl = lazyLoad<typeof Yazl>('yazl')

/** One date for all: the same files make the same archive. ZIP knows no earlier year. */
const mtime = new Date(1980, 0, 1)

/** Of files by their names. */
export async function writeArchive(files: readonly (readonly [name: string, content: Buffer])[]): Promise<Buffer> {
  const archive = new (yazl().ZipFile)()
  for (const [name, content] of files) archive.addBuffer(content, name, { mtime, mode: 0o100644, forceDosTimestamp: true })
  archive.end()
  const chunks: Buffer[] = []
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
