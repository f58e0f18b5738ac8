/** Records that wait on the disk of the server: in a file without a name, which is gone when the process that wrote it ends, however that happens. */
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FlowRecord } from '../adaptor.ts'
import { UnreadableContent } from './format.ts'
import { readJson } from './json.ts'

/** Written and read at once. Bytes. */
const atOnce = 256 * 1024

export interface Spilled {
  readonly bytes: number
  /** In their order, some at a time. */
  read(): AsyncGenerator<readonly FlowRecord[]>
  close(): Promise<void>
}

/** A record a line. Throws `UnreadableContent` where the disk is full. */
export async function spill(records: AsyncIterable<readonly FlowRecord[]>): Promise<Spilled> {
  const handle = await openNameless()
  try {
    let bytes = 0
    let lines = ''
    const write = async (): Promise<void> => {
      const part = Buffer.from(lines)
      lines = ''
      for (let at = 0; at < part.length;) at += (await handle.write(part, at, part.length - at, bytes + at)).bytesWritten
      bytes += part.length
    }
    for await (const some of records)
      for (const record of some) {
        lines += `${JSON.stringify(record)}\n`
        if (lines.length >= atOnce) await write()
      }
    await write()
    return { bytes, read: () => readSpilled(handle, bytes), close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw isFull(error) ? diskFull() : error
  }
}

async function openNameless(): Promise<FileHandle> {
  try {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-sort-'))
    try {
      return await open(join(folder, 'records'), 'wx+', 0o600)
    } finally {
      await rm(folder, { recursive: true })
    }
  } catch (error) {
    throw isFull(error) ? diskFull() : error
  }
}

/** A quota, or a bound of the file's own, is reached like the end of the disk. */
const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '')

const diskFull = (): UnreadableContent =>
  new UnreadableContent(
    'disk_full',
    'cannot be sorted: there is no space left where this server keeps what it sorts (the folder for temporary files, TMPDIR).',
  )

async function* readSpilled(handle: FileHandle, size: number): AsyncGenerator<readonly FlowRecord[]> {
  let rest: Buffer = Buffer.alloc(0)
  for (let at = 0; at < size;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(atOnce, size - at)), { position: at })
    if (bytesRead === 0) throw new Error('what was written to the disk is no longer there')
    at += bytesRead
    const all = rest.length > 0 ? Buffer.concat([rest, buffer.subarray(0, bytesRead)]) : buffer.subarray(0, bytesRead)
    const end = all.lastIndexOf(10) + 1
    rest = all.subarray(end)
    if (end > 0) yield await parse(all.toString('utf8', 0, end - 1).split('\n'))
  }
}

async function parse(lines: readonly string[]): Promise<FlowRecord[]> {
  const records: FlowRecord[] = []
  for (const line of lines) {
    const reading = readJson(line)
    const read = reading instanceof Promise ? await reading : reading
    if ('unreadable' in read) throw new Error(`what was written to the disk cannot be read: ${read.unreadable}`)
    records.push(read.value as FlowRecord)
  }
  return records
}
