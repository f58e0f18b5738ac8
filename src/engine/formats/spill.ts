/** Records that wait on the disk of the server, in a file without a name. */
import type { FileHandle } from 'node:fs/promises'
import { parseExact } from '../../domain/limits/exact-number.ts'
import type { FlowRecord } from '../adaptor.ts'
import type { Batch } from './batch.ts'
import { UnreadableContent } from './format.ts'
import { isDiskFull, openNameless, writeAt } from './nameless-file.ts'

/** Written at once, and read at the most. Bytes. */
const atOnce = 256 * 1024

export interface Spilled {
  readonly bytes: number
  /** Characters of its longest record. */
  readonly longest: number
  /** In their order, as many at a time as so many bytes hold, or one that is longer. */
  read(ahead: number): AsyncGenerator<Batch>
  close(): Promise<void>
}

/** Of a record: so the lines of a part of the file are the elements of a list. */
const lineEnd = ',\n'

/** A record a line. Throws `UnreadableContent` where the disk is full. */
export async function spill(records: AsyncIterable<readonly FlowRecord[]>): Promise<Spilled> {
  const handle = await openNameless('sort').catch(explainDisk)
  try {
    let bytes = 0
    let longest = 0
    let lines = ''
    const write = async (): Promise<void> => {
      const part = Buffer.from(lines)
      lines = ''
      await writeAt(handle, part, bytes)
      bytes += part.length
    }
    for await (const some of records)
      for (const record of some) {
        const line = `${JSON.stringify(record)}${lineEnd}`
        longest = Math.max(longest, line.length)
        lines += line
        if (lines.length >= atOnce) await write()
      }
    await write()
    return { bytes, longest, read: (ahead) => readSpilled(handle, bytes, Math.min(ahead, atOnce)), close: () => handle.close() }
  } catch (error) {
    await handle.close()
    return explainDisk(error)
  }
}

function explainDisk(error: unknown): never {
  throw isDiskFull(error) ? diskFull() : error
}

const diskFull = (): UnreadableContent =>
  new UnreadableContent(
    'disk_full',
    'cannot be sorted: there is no space left where this server keeps what it sorts (the folder for temporary files, TMPDIR).',
  )

async function* readSpilled(handle: FileHandle, size: number, ahead: number): AsyncGenerator<Batch> {
  let rest: Buffer = Buffer.alloc(0)
  for (let at = 0; at < size;) {
    // A record that is longer is read in few parts: with each it is copied.
    const length = Math.min(Math.max(ahead, rest.length), size - at)
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), { position: at })
    if (bytesRead === 0) throw new Error('what was written to the disk is no longer there')
    at += bytesRead
    const all = rest.length > 0 ? Buffer.concat([rest, buffer.subarray(0, bytesRead)]) : buffer.subarray(0, bytesRead)
    const end = all.lastIndexOf(10) + 1
    rest = all.subarray(end)
    if (end > 0) yield readLines(all.toString('utf8', 0, end), end)
  }
}

function readLines(lines: string, bytes: number): Batch {
  const records = parseExact(`[${lines.slice(0, -lineEnd.length)}]`) as FlowRecord[]
  const sizes: number[] = []
  for (let from = 0; from < lines.length;) {
    const end = lines.indexOf(lineEnd, from) + lineEnd.length
    sizes.push(Math.ceil(((end - from) * bytes) / lines.length))
    from = end
  }
  return { records, sizes }
}
