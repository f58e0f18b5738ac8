/** The names in a folder as a server for FTP writes them: in the standard form, or in that of Unix or of Windows. */
import type * as BasicFtp from 'basic-ftp'
import type { FileInfo } from 'basic-ftp'
import { lazyLoad } from '../../../../domain/lazy-load.ts'
import type { Chunks } from '../../../formats/format.ts'
import { FileFailure } from '../../files/failure.ts'
import type { Found } from '../../files/transport.ts'

const basicFtp = lazyLoad<typeof BasicFtp>('basic-ftp')

/** Of one line. Characters. */
const maxLine = 10_000
const regularFile = 1

/** The files among them; neither folders nor links. */
export async function* readList(chunks: Chunks, now: Date, count: () => void): AsyncGenerator<Found> {
  for await (const line of linesOf(chunks)) {
    count()
    const entry = readLine(line)
    // What lies elsewhere is no name in this folder.
    if (entry?.type !== regularFile || entry.name.includes('/')) continue
    const { name, size, modifiedAt, rawModifiedAt } = entry
    yield modifiedAt
      ? { name, size, lastModified: modifiedAt.toISOString() }
      : { name, size, lastModified: readTime(rawModifiedAt, now), isToTheMinute: true }
  }
}

/** A count of blocks in front of rights, which would be taken for a date. */
const blocks = /^[\s\d]+(?=[a-z-](?:[r-][w-][xsStTL-]){3})/i
/** Devices, pipes and sockets. */
const device = /^[bcps](?:[r-][w-][xsStTL-]){3}/
/** Kinds of the standard form, which may be written in capitals. */
const kind = /^(\S*;)?(type=)(file|[cp]?dir)(?=;)/i

function readLine(line: string): FileInfo | undefined {
  const plain = line.replace(blocks, '').replace(kind, (said: string) => said.toLowerCase())
  if (device.test(plain)) return undefined
  try {
    return basicFtp().parseList(plain)[0]
  } catch {
    throw new FileFailure('list_unreadable', `The server writes its list of files in a form that is not known: ${line.slice(0, 100)}`)
  }
}

async function* linesOf(chunks: Chunks): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > maxLine) throw new FileFailure('list_unreadable', 'The list of files has a line without an end.')
    for (const line of lines) yield line.replace(/\r$/, '')
  }
  if (rest !== '') yield rest.replace(/\r$/, '')
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const dayMs = 24 * 60 * 60 * 1000

/**
 * Lists that people read tell the time to the minute and leave out the zone, and the year where it is the last one: they are read as UTC.
 * Empty for a form that is not known.
 */
export function readTime(said: string, now: Date): string {
  // Some write the day before the month.
  const monthFirst = said.trim().replace(/^(\d{1,2})\s+(\p{L}{3})(?=\s)/u, '$2 $1')
  const unix = /^(\p{L}{3})\s+(\d{1,2})\s+(?:(\d{4})|(\d{1,2}):(\d{2}))$/u.exec(monthFirst)
  if (unix) {
    const [, month = '', day, year, hour = 0, minute = 0] = unix
    const at = (of: number): number => Date.UTC(of, months.indexOf(month.toLowerCase()), Number(day), Number(hour), Number(minute))
    if (!months.includes(month.toLowerCase())) return ''
    const thisYear = at(now.getUTCFullYear())
    // Clocks of servers go ahead by hours.
    return toIso(year ? at(Number(year)) : thisYear > now.getTime() + dayMs ? at(now.getUTCFullYear() - 1) : thisYear)
  }
  const windows = /^(\d{2})-(\d{2})-(\d{2}|\d{4})\s+(\d{1,2}):(\d{2})\s*([AP]M)?$/i.exec(said.trim())
  if (windows) {
    const [, first, second, year = '', hour, minute, half] = windows
    const [month, day] = Number(first) > 12 ? [second, first] : [first, second]
    const hours = half ? (Number(hour) % 12) + (half.toUpperCase() === 'PM' ? 12 : 0) : Number(hour)
    const full = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 70 ? 2000 : 1900)
    return toIso(Date.UTC(full, Number(month) - 1, Number(day), hours, Number(minute)))
  }
  const numbers = /^(\d{4})-(\d{2})-(\d{2})\s+(\d{2}):(\d{2})$/.exec(said.trim())
  if (!numbers) return ''
  const [year, month, day, hour, minute] = numbers.slice(1).map(Number) as [number, number, number, number, number]
  return toIso(Date.UTC(year, month - 1, day, hour, minute))
}

const toIso = (time: number): string => (Number.isNaN(time) ? '' : new Date(time).toISOString())
