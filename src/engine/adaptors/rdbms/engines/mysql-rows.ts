/**
 * Rows of prepared statements of MySQL and MariaDB, read from their packets straight into records. The driver's own reader that is not made as code gives texts
 * of dates and numbers, which were then read a second time: that took as long as all the rest of an export.
 */
import { parseNumber } from '../../../../domain/limits/exact-number.ts'
import { parseBounded } from '../../../../domain/limits/parse-json.ts'
import { readFloat, readText } from './mysql-values.ts'

/** A packet of the driver, as much of it as is read here. */
interface Packet {
  readInt8(): number
  readSInt8(): number
  readInt16(): number
  readSInt16(): number
  readInt32(): number
  readSInt32(): number
  readFloat(): number
  readDouble(): number
  readTimeString(): string
  readLengthCodedString(encoding: string): string
  readLengthCodedBuffer(): Buffer
  parseGeometryValue(): unknown
  parseVector(): unknown
}

/** Of a column of a result, as much of it as tells how it is read. */
interface Column {
  readonly name: string
  readonly columnType: number
  readonly characterSet: number
  readonly encoding: string
  readonly flags: number
  readonly decimals: number
  readonly extendedFormat?: string
}

type Read = (packet: Packet) => unknown
type MakeRead = (column: Column, isUnsigned: boolean) => Read

const unsignedFlag = 32
const binaryCharacterSet = 63
/** What a half of a number of eight bytes counts up to, and the numbers that JavaScript keeps. */
const half = 2 ** 32
const readWhole =
  (isUnsigned: boolean): Read =>
  (packet) => {
    const low = packet.readInt32()
    const high = isUnsigned ? packet.readInt32() : packet.readSInt32()
    const value = high * half + low
    return Number.isSafeInteger(value) ? value : parseNumber((BigInt(high) * BigInt(half) + BigInt(low)).toString())
  }

const two = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))

/** `0000-00-00` is what some databases have where nothing is, and stays as it is. */
const readDate = (packet: Packet): string => {
  const year = packet.readInt16()
  return `${year > 999 ? year : String(year).padStart(4, '0')}-${two[packet.readInt8()]}-${two[packet.readInt8()]}`
}

/** As ISO 8601 has it; `end` says the zone. */
const readMoment =
  ({ decimals }: Column, end: '' | 'Z'): Read =>
  (packet) => {
    const length = packet.readInt8()
    const date = length > 3 ? readDate(packet) : '0000-00-00'
    const time = length > 6 ? `${two[packet.readInt8()]}:${two[packet.readInt8()]}:${two[packet.readInt8()]}` : '00:00:00'
    // What the column does not keep is zeros.
    const micros =
      length > 10
        ? `.${String(packet.readInt32())
            .padStart(6, '0')
            .slice(0, decimals || 6)}`
        : ''
    return date.startsWith('0000') ? `${date} ${time}${micros}` : `${date}T${time}${micros}${end}`
  }

/** What is too deep for a record, or has a number too long for one, stays a text: the result goes on. */
const readJson: Read = (packet) => {
  const text = packet.readLengthCodedString('utf8')
  try {
    return parseBounded(text)
  } catch {
    return text
  }
}

const readBits: Read = (packet) => parseNumber(BigInt(`0x${packet.readLengthCodedBuffer().toString('hex') || '0'}`).toString())

/** By the numbers of the protocol. What is not here is a text, or bytes. */
const types: ReadonlyMap<number, MakeRead> = new Map<number, MakeRead>([
  [0, () => (packet) => readText(packet.readLengthCodedString('ascii'))],
  [1, (_column, isUnsigned) => (packet) => (isUnsigned ? packet.readInt8() : packet.readSInt8())],
  [2, (_column, isUnsigned) => (packet) => (isUnsigned ? packet.readInt16() : packet.readSInt16())],
  [3, (_column, isUnsigned) => (packet) => (isUnsigned ? packet.readInt32() : packet.readSInt32())],
  [4, () => (packet) => readFloat(packet.readFloat())],
  [5, () => (packet) => packet.readDouble()],
  [6, () => () => null],
  [7, (column) => readMoment(column, 'Z')],
  [8, (_column, isUnsigned) => readWhole(isUnsigned)],
  [9, (_column, isUnsigned) => (packet) => (isUnsigned ? packet.readInt32() : packet.readSInt32())],
  [10, () => (packet) => (packet.readInt8() > 3 ? readDate(packet) : '0000-00-00')],
  [11, () => (packet) => packet.readTimeString()],
  [12, (column) => readMoment(column, '')],
  [13, () => (packet) => packet.readInt16()],
  [14, () => (packet) => (packet.readInt8() > 3 ? readDate(packet) : '0000-00-00')],
  [16, () => readBits],
  [242, () => (packet) => packet.parseVector()],
  [245, () => readJson],
  [246, () => (packet) => readText(packet.readLengthCodedString('ascii'))],
  [255, () => (packet) => packet.parseGeometryValue()],
])

function readerOf(column: Column): Read {
  const { columnType, characterSet, encoding, flags, extendedFormat } = column
  // MariaDB's JSON is a text that says so beside itself.
  if (extendedFormat === 'json') return readJson
  const read = types.get(columnType)?.(column, (flags & unsignedFlag) !== 0)
  if (read) return read
  if (characterSet === binaryCharacterSet) return (packet) => packet.readLengthCodedBuffer().toString('base64')
  return (packet) => packet.readLengthCodedString(encoding)
}

/** Before the first column in the bits that say which values are null. */
const bitsBefore = 2

/** What a command of the driver makes its rows with. A column of a name that every object has is a field like any other. */
function createRowParser(columns: readonly Column[]): new () => { next(packet: Packet): Record<string, unknown> } {
  const fields = columns.map((column) => ({ name: column.name, read: readerOf(column), isOwn: column.name === '__proto__' }))
  const nulls = new Uint8Array((fields.length + bitsBefore + 7) >> 3)
  return class {
    next(packet: Packet): Record<string, unknown> {
      packet.readInt8()
      for (let at = 0; at < nulls.length; at++) nulls[at] = packet.readInt8()
      const row: Record<string, unknown> = {}
      for (const [i, { name, read, isOwn }] of fields.entries()) {
        const bit = i + bitsBefore
        const value = ((nulls[bit >> 3] as number) >> (bit & 7)) & 1 ? null : read(packet)
        if (isOwn) Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true })
        else row[name] = value
      }
      return row
    }
  }
}

/** A command of the driver that is about to read rows. It asks for what reads them when it knows their columns. */
export function readByOwn(command: object): void {
  ;(command as { buildParserFromFields: typeof createRowParser }).buildParserFromFields = createRowParser
}
