/** What a server of SQL Server's protocol answers, token by token. */
import { textOf } from './sqlite-sql.ts'

export interface TdsAnswer {
  readonly columns?: readonly { readonly name: string; readonly type: string }[]
  readonly rows?: readonly (readonly unknown[])[]
  readonly count: number
  /** What became of a transaction. */
  readonly change?: 'begin' | 'commit' | 'rollback'
}

const text = (value: string): Buffer => Buffer.from(value, 'utf16le')
/** With its length before it, in characters. */
const short = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), text(value)])
const uint16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const uint64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}
const withLength = (token: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([token]), uint16(body.length), body])
}

/** Latin1_General_CI_AS. */
const collation = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34])

export const done = (status: number, count: number, isProcedure = false): Buffer =>
  Buffer.concat([Buffer.from([isProcedure ? 0xfe : 0xfd]), uint16(status), uint16(0xc1), uint64(BigInt(count))])

export const errorToken = (number: number, message: string, severity: number): Buffer =>
  withLength(0xaa, uint32(number), Buffer.from([1, severity]), uint16(message.length), text(message), short('server'), short(''), uint32(1))

const descriptor = Buffer.from([8, 1, 0, 0, 0, 0, 0, 0, 0])
const none = Buffer.from([0])

export function envChange(change: NonNullable<TdsAnswer['change']>): Buffer {
  if (change === 'begin') return withLength(0xe3, Buffer.from([8]), descriptor, none)
  return withLength(0xe3, Buffer.from([change === 'commit' ? 9 : 10]), none, descriptor)
}

export function loginTokens(database: string, route?: { readonly host: string; readonly port: number }): Buffer {
  const program = 'Microsoft SQL Server'
  const routing = route && Buffer.concat([Buffer.from([0]), uint16(route.port), uint16(route.host.length), text(route.host)])
  return Buffer.concat([
    withLength(0xe3, Buffer.from([1]), short(database), short('master')),
    withLength(0xe3, Buffer.from([7, 5]), collation, none),
    withLength(0xad, Buffer.from([1, 0x74, 0, 0, 4]), short(program), Buffer.from([16, 0, 0, 0])),
    withLength(0xe3, Buffer.from([4]), short('4096'), short('4096')),
    ...(routing ? [withLength(0xe3, Buffer.from([20]), uint16(routing.length), routing, uint16(0))] : []),
    done(0, 0),
  ])
}

export function answerTokens({ columns, rows = [], count, change }: TdsAnswer, isProcedure: boolean): Buffer {
  const parts: Buffer[] = []
  if (change) parts.push(envChange(change))
  if (columns) {
    const types = columns.map(({ type }) => typeOf(type))
    const head = [Buffer.from([0x81]), uint16(columns.length)]
    for (const [i, { name }] of columns.entries()) head.push(uint32(0), uint16(1), (types[i] as Type).info, short(name))
    parts.push(...head)
    for (const row of rows) {
      parts.push(Buffer.from([0xd1]))
      for (const [i, type] of types.entries()) parts.push(type.write(row[i] ?? null))
    }
  }
  if (!isProcedure) return Buffer.concat([...parts, done(0x10, count)])
  const inside = Buffer.concat([Buffer.from([0xff]), uint16(0x11), uint16(0xc1), uint64(BigInt(count))])
  return Buffer.concat([...parts, inside, Buffer.from([0x79, 0, 0, 0, 0]), done(0, 0, true)])
}

interface Type {
  readonly info: Buffer
  write(value: unknown): Buffer
}

const fixed = (type: number, length: number, write: (value: unknown) => Buffer): Type => ({
  info: Buffer.from([type, length]),
  write: (value) => (value === null ? none : Buffer.concat([Buffer.from([length]), write(value)])),
})
const scaled = (type: number, scale: number, write: (value: unknown) => Buffer): Type => ({
  info: Buffer.from([type, scale]),
  write: (value) => {
    if (value === null) return none
    const bytes = write(value)
    return Buffer.concat([Buffer.from([bytes.length]), bytes])
  },
})
const long = (info: Buffer, write: (value: unknown) => Buffer): Type => ({
  info,
  write: (value) => {
    if (value === null) return Buffer.alloc(8, 0xff)
    const bytes = write(value)
    return Buffer.concat([uint64(BigInt(bytes.length)), ...(bytes.length > 0 ? [uint32(bytes.length), bytes] : []), uint32(0)])
  },
})

const dayMs = 86_400_000n
/** Days since the first one of the calendar. */
const daysOf = (date: string): Buffer => {
  const days = (BigInt(Date.parse(`${date}T00:00:00Z`)) - BigInt(Date.parse('0001-01-01T00:00:00Z'))) / dayMs
  const bytes = Buffer.alloc(3)
  bytes.writeUIntLE(Number(days), 0, 3)
  return bytes
}
const timeOf = (time: string): Buffer => {
  const [whole = '', fraction = ''] = time.split('.')
  const [hours = 0, minutes = 0, seconds = 0] = whole.split(':').map(Number)
  const bytes = Buffer.alloc(5)
  bytes.writeUIntLE((hours * 3600 + minutes * 60 + seconds) * 10 ** 7 + Number(fraction.padEnd(7, '0')), 0, 5)
  return bytes
}
const momentOf = (value: unknown): Buffer => {
  const [date = '', time = '00:00:00'] = textOf(value).split(/[T ]/)
  return Buffer.concat([timeOf(time.replace('Z', '')), daysOf(date)])
}

function decimal(precision: number, scale: number): Type {
  return {
    info: Buffer.from([0x6a, 17, precision, scale]),
    write: (value) => {
      if (value === null) return none
      const [whole = '0', fraction = ''] = textOf(value).replace('-', '').split('.')
      let left = BigInt(whole + fraction.padEnd(scale, '0').slice(0, scale))
      const bytes = Buffer.alloc(17)
      bytes[0] = textOf(value).startsWith('-') ? 0 : 1
      for (let at = 1; at < 17; at++) {
        bytes[at] = Number(left & 0xffn)
        left >>= 8n
      }
      return Buffer.concat([Buffer.from([17]), bytes])
    },
  }
}

function typeOf(declared: string): Type {
  const [, name = '', first = '18', second = '0'] = /^(\w+)(?:\((\d+)(?:,\s*(\d+))?\))?/.exec(declared) ?? []
  if (/^(?:int|integer|bigint)$/.test(name)) return fixed(0x26, 8, (value) => uint64(BigInt(value as bigint)))
  if (name === 'bit') return fixed(0x68, 1, (value) => Buffer.from([Number(value)]))
  if (name === 'decimal' || name === 'numeric') return decimal(Number(first), Number(second))
  if (name === 'date') return { info: Buffer.from([0x28]), write: scaled(0x28, 0, (value) => daysOf(textOf(value))).write }
  if (name === 'time') return scaled(0x29, 7, (value) => timeOf(textOf(value)))
  if (name === 'datetime2') return scaled(0x2a, 7, momentOf)
  if (name === 'datetimeoffset') return scaled(0x2b, 7, (value) => Buffer.concat([momentOf(value), uint16(60)]))
  if (name === 'varbinary')
    return long(Buffer.from([0xa5, 0xff, 0xff]), (value) =>
      typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.from(value as Uint8Array),
    )
  if (name === 'float')
    return fixed(0x6d, 8, (value) => {
      const bytes = Buffer.alloc(8)
      bytes.writeDoubleLE(Number(value))
      return bytes
    })
  return long(Buffer.concat([Buffer.from([0xe7, 0xff, 0xff]), collation]), (value) => text(textOf(value)))
}
