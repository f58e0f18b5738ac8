/** Records of long JSON texts: the same as those of the text as a whole, wherever the parts of it end. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonElements, type Unparted } from '../../src/engine/formats/json-elements.ts'
import { extractRecords } from '../../src/engine/formats/records.ts'
import { json } from '../../src/engine/formats/json.ts'

function recordsOf(text: string, path: string | undefined, perPart: number, mostOfRecord = 1_000_000): unknown[] {
  const elements = new JsonElements(path, { mostOfRecord, mostLevels: 20 })
  const found: unknown[] = []
  for (let at = 0; at < text.length; at += perPart)
    for (const { text: some, begins, ends } of elements.write(text.slice(at, at + perPart)))
      for (const [i, begin] of begins.entries()) found.push(JSON.parse(some.slice(begin, ends[i])))
  elements.end()
  return found
}

describe('records of a text in parts', () => {
  it('are those of the whole text', () => {
    const record = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }))
    const around = fc.dictionary(
      fc.string().filter((name) => name !== 'data'),
      fc.jsonValue({ maxDepth: 3 }),
    )
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 5 }),
        around,
        around,
        fc.constantFrom(undefined, 'data', 'data.data'),
        fc.constantFrom(undefined, 2),
        fc.integer({ min: 1, max: 50 }),
        (records, before, after, path, space, perPart) => {
          const names = path?.split('.') ?? []
          const value = names.reduceRight<unknown>((inner, name) => ({ ...before, [name]: inner, ...after }), records)
          const text = JSON.stringify(value, null, space)
          expect(recordsOf(text, path, perPart)).toEqual(extractRecords(JSON.parse(text), path))
        },
      ),
    )
  })

  it('or none, of a text with a fault, wherever the parts end', () => {
    const outcomeOf = (text: string, perPart: number): unknown => {
      try {
        return recordsOf(text, 'data', perPart)
      } catch (error) {
        if (error instanceof SyntaxError) return 'invalid_json'
        expect(error).toHaveProperty('ending')
        return (error as Unparted).ending
      }
    }
    const value = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.string({ unit: 'binary', maxLength: 250 }), fc.constant('\\"\\'))
    const fault = fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', '1e400', '\\u00', ' ', 'x')
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 6 }),
        fault,
        fc.nat(400),
        fc.integer({ min: 1, max: 60 }),
        (values, sign, place, perPart) => {
          const whole = JSON.stringify({ before: values[0] ?? null, data: values, after: 1 })
          const at = place % (whole.length + 1)
          const text = whole.slice(0, at) + sign + whole.slice(at)
          expect(outcomeOf(text, perPart)).toEqual(outcomeOf(text, text.length))
        },
      ),
      { numRuns: 500 },
    )
  })

  it.each([
    ['one object', '{"data":{"id":1,"of":[{"x":"]"}]},"more":1}', 'data', [{ id: 1, of: [{ x: ']' }] }]],
    ['one object that is the whole text', ' {"id":"}"} ', undefined, [{ id: '}' }]],
    ['nothing where the path leads nowhere', '{"other":[1],"deep":{"data":[2]}}', 'data', []],
    ['nothing where something else stands there', '{"data":"[1]","n":[{"data":[3]}]}', 'data', []],
    ['names that are escaped', '{"d\\u0061ta":[{"a":1}]}', 'data', [{ a: 1 }]],
    ['quotes and backslashes within texts', '{"x":"\\\\\\"","data":[{"a":"\\"],\\\\"}]}', 'data', [{ a: '"],\\' }]],
  ])('%s', (_what, text, path, records) => {
    for (const perPart of [1, 3, 1000]) expect(recordsOf(text, path, perPart)).toEqual(records)
  })

  it.each([
    ['ends in the middle', '{"data":[{"a":1},{"a"', 'data', 'invalid_json'],
    ['closes what is not open', '{"data":[{"a":1]}', 'data', 'invalid_json'],
    ['goes on after its end', '[1] 2', undefined, 'invalid_json'],
    ['is nested too deep', '['.repeat(30), undefined, 'too_deep'],
    ['has a record that is too large', `[{"a":"${'x'.repeat(2000)}`, undefined, 'record_too_large'],
    ['has a list on the way', '{"data":[{"data":[1]}]}', 'data.data', 'list_on_the_way'],
  ])('a text that %s is refused', (_what, text, path, ending) => {
    for (const perPart of [1, 7, 5000])
      expect(() => recordsOf(text, path, perPart, 1000)).toThrow(expect.objectContaining({ ending }) as unknown as Unparted)
  })
})

it('a document of 40 MB gives its records one after the other, and what is wrong at its end comes after them', async () => {
  let asked = 0
  const chunks = (async function* () {
    yield Buffer.from('{"total":12345678901234567890,"orders":[')
    for (; asked < 40; asked++) yield Buffer.from(`${asked > 0 ? ',' : ''}{"id":12345678901234567890,"text":"${'x'.repeat(1024 * 1024)}"}`)
    yield Buffer.from(']')
  })()
  let count = 0
  const read = async (): Promise<void> => {
    for await (const { records } of json.read(chunks, { encoding: 'utf-8', resourcePath: 'orders' })) {
      count += records.length
      expect(asked).toBeLessThan(Math.max(17, count) + 2)
      for (const record of records) expect(JSON.stringify(record['id' as never])).toBe('12345678901234567890')
    }
  }
  await expect(read()).rejects.toMatchObject({ code: 'invalid_json', message: 'is not JSON.' })
  expect(count).toBe(40)
})

it('others get their turn while a long text is read', async () => {
  const chunk = Buffer.from(`{"n":"${'x'.repeat(1000)}"},`.repeat(64))
  const chunks = async function* () {
    yield Buffer.from('[')
    for (let n = 0; n < 300; n++) yield chunk
    yield Buffer.from('{"n":2}]')
  }
  let turns = 0
  const count = (): void => {
    turns += 1
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  let records = 0
  for await (const batch of json.read(chunks(), { encoding: 'utf8' })) records += batch.records.length
  clearImmediate(timer)
  expect(records).toBe(300 * 64 + 1)
  expect(turns).toBeGreaterThan(290)
})
