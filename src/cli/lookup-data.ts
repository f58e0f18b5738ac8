/** The entries of a lookup cache as lines of JSON, out of it and into it. */
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { once } from 'node:events'
import { CommandError, exitCodes } from './exit-codes.ts'
import { startProgress } from './progress.ts'
import { connectServer, findByName, type Server, type ServerOptions } from './server/connect.ts'
import { countOf, type Terminal } from './terminal.ts'

interface Entry {
  readonly key: string
  readonly value: unknown
}

/** Entries and bytes of one request: below what the server takes. */
const mostEntries = 1000
const mostBytes = 4 * 1024 * 1024

async function findCache(server: Server, idOrName: string): Promise<string> {
  const caches = await server.listAll('listLookupcaches')
  return (caches.find(({ _id }) => _id === idOrName.toLowerCase()) ?? findByName(caches, idOrName, 'lookup cache'))._id
}

/** One entry a line, `{"key": …, "value": …}`, to a file or to stdout. */
export async function exportLookupData(
  terminal: Terminal,
  cache: string,
  file: string | undefined,
  options: ServerOptions,
): Promise<number> {
  const server = await connectServer(options, terminal.env)
  const _id = await findCache(server, cache)
  const out: Writable = file === undefined ? terminal.stdout : createWriteStream(file)
  let count = 0
  for (let startAfterKey: string | undefined; ;) {
    const { data, nextPageURL } = await server.call('getLookupCacheData', {
      params: { _id },
      query: { ...(startAfterKey !== undefined && { startAfterKey }) },
      body: {},
    })
    for (const entry of data) if (!out.write(`${JSON.stringify(entry)}\n`)) await once(out, 'drain')
    count += data.length
    startAfterKey = data.at(-1)?.key
    if (nextPageURL === undefined || startAfterKey === undefined) break
  }
  if (file !== undefined) {
    out.end()
    await once(out, 'finish')
  }
  terminal.say(`${countOf(count, 'entry', 'entries')} of the lookup cache.`)
  return exitCodes.done
}

/** Adds the entries and replaces those of the same keys, request by request: what was written before a line that is wrong stays. */
export async function importLookupData(
  terminal: Terminal,
  cache: string,
  file: string | undefined,
  options: ServerOptions,
): Promise<number> {
  const server = await connectServer(options, terminal.env)
  const _id = await findCache(server, cache)
  const progress = await startProgress('Entries')
  let count = 0
  try {
    for await (const data of batches(file === undefined ? process.stdin : createReadStream(file))) {
      await server.call('upsertLookupCacheData', { params: { _id }, body: { data } })
      count += data.length
      progress.update(count, count)
    }
  } finally {
    progress.stop()
  }
  terminal.print({ numUpserted: count }, `${countOf(count, 'entry', 'entries')} written.`)
  return exitCodes.done
}

async function* batches(input: Readable): AsyncGenerator<Entry[]> {
  let batch: Entry[] = []
  let bytes = 0
  let number = 0
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number++
    if (line.trim() === '') continue
    if (batch.length === mostEntries || bytes + line.length > mostBytes) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(parseEntry(line, number))
    bytes += Buffer.byteLength(line)
  }
  if (batch.length > 0) yield batch
}

function parseEntry(line: string, number: number): Entry {
  try {
    const { key, value } = JSON.parse(line) as Entry
    if (typeof key === 'string' && value !== undefined) return { key, value }
  } catch {
    // Said below.
  }
  throw new CommandError(`Line ${number} is no entry: it has to be like {"key": "DE", "value": "Germany"}.`)
}
