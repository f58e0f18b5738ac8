/** Packed files: unpacked while they are read, within bounds, whatever an archive says of itself; nothing of it becomes a path anywhere. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { UnreadableContent, type Chunks } from './format.ts'
import { createMeter, gather, openArchive } from './zip.ts'
import { writeArchive } from './write-zip.ts'

export type Packing = 'gzip' | 'zip'

/** One of the files that are packed together. */
export interface Content {
  readonly name: string
  readonly chunks: Chunks
}

/** The files that content holds, one after the other: each is to be read before the next is asked for. Throws `UnreadableContent`. */
export async function* unpack(packing: Packing | undefined, name: string, chunks: Chunks): AsyncGenerator<Content> {
  if (packing === undefined) yield { name, chunks }
  else if (packing === 'gzip') yield { name: name.replace(/\.gz$/i, ''), chunks: gunzip(chunks) }
  else yield* unzip(chunks)
}

async function* gunzip(chunks: Chunks): AsyncGenerator<Uint8Array> {
  const meter = createMeter()
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      meter.takes(chunk.length)
      yield chunk
    }
  }
  const unpacked = zlib.createGunzip()
  const done = pipeline(Readable.from(counted(), { objectMode: false }), unpacked)
  done.catch(() => undefined)
  try {
    for await (const chunk of unpacked) {
      meter.gives((chunk as Buffer).length)
      yield chunk as Buffer
    }
    await done
  } catch (error) {
    throw (error as { code?: string }).code?.startsWith('Z_')
      ? new UnreadableContent('invalid_archive', 'is no gzip, damaged, or cut off in the middle.')
      : error
  } finally {
    unpacked.destroy()
  }
}

async function* unzip(chunks: Chunks): AsyncGenerator<Content> {
  const { entries, read } = await openArchive(await gather(chunks, 'a ZIP archive', 'gzip may be larger.'))
  for (const entry of entries) yield { name: entry.fileName.split('/').at(-1) ?? '', chunks: read(entry) }
}

/** Packs one file. In an archive it has the name that is left without the ending of the archive. */
export async function pack(packing: Packing | undefined, name: string, content: Buffer): Promise<Buffer> {
  if (packing === undefined) return content
  if (packing === 'gzip') return promisify(zlib.gzip)(content)
  return writeArchive([[name.replace(/\.zip$/i, '') || 'file', content]])
}
