/** Large JSON texts that are read in parts: the same values and the same refusals as when they are read at once, and nobody waits for more than a part. */
import { expect, it } from 'vitest'
import { parseInParts } from '../../../src/domain/limits/json-in-parts.ts'

const long = (length: number): string => JSON.stringify('x,]}{["\\é'.repeat(length / 9))
const numbers = (count: number): string => Array.from({ length: count }, (_, i) => i).join()
const records = (count: number): string =>
  Array.from({ length: count }, (_, i) => `{"id" : ${i}, "s":"a\\"b${i}", "n":{"l":[1,2,{}],"e":[]}}`).join(' ,\n')

const good = [
  `[${numbers(200_000)}]`,
  ` \n{ "data": { "records" :[${records(20_000)}] , "next":"2"}, "count":3 } `,
  `[[${numbers(100_000)}],1,[${numbers(100_000)}]]`,
  `[${long(900_000)},${long(900_000)},1]`,
  `{"a":${long(900_000)},"a":1,"b":[${numbers(100_000)}],"b":2,"1":3,"0":4}`,
  `{"__proto__":[${numbers(100_000)}],"constructor":{"prototype":[${numbers(100_000)}]}}`,
  `{"a\\u0062":[${numbers(100_000)}],"x":null}`,
  `[[],{},[ ],{ },${numbers(100_000)}]`,
  `{"a":${'[{"b":'.repeat(100)}[${numbers(100_000)}]${'}]'.repeat(100)}}`,
  long(900_000),
]

it.each(good.map((text) => [text.slice(0, 40), text]))('%s is what it is when it is parsed at once', async (_name, text) => {
  const [made, expected] = [await parseInParts(text), JSON.parse(text) as unknown]
  expect(JSON.stringify(made) === JSON.stringify(expected)).toBe(true)
  expect(Object.getPrototypeOf(made)).toBe(Object.getPrototypeOf(expected))
})

const many = numbers(100_000)
const bad = [
  `[${many}`,
  `[${many}}`,
  `[${many},]`,
  `[,${many}]`,
  `[${many}] 1`,
  `[[${many}],,1]`,
  `[[${many}] 1]`,
  `[[${many}],]`,
  `[1,,[${many}]]`,
  `[1 [${many}]]`,
  `{"a":[${many}],}`,
  `{"a" [${many}]}`,
  `{a:[${many}]}`,
  `{"a":1,,"b":[${many}]}`,
  `{"a":[${many}]"b":1}`,
  `{[${many}]}`,
  `[{"a":[${many}]]}`,
  `["a":[${many}]]`,
  `[${many},"${'x'.repeat(10)}`,
  `[${many},tru]`,
  `${'['.repeat(300)}${many}${']'.repeat(300)}`,
  `{${Array.from({ length: 60_000 }, (_, i) => `"f${i}":1`).join()}}`,
]

it.each(bad.map((text) => [`${text.slice(0, 20)} ... ${text.slice(-20)}`, text]))('%s is refused', async (_name, text) => {
  await expect(parseInParts(text)).rejects.toThrow(/JSON/)
})

/** More than the parts that are parsed (256 Ki) and looked over (2 Mi). Characters. */
const aboutOnePart = 512 * 1024

it('others go first between two parts', async () => {
  const text = `{"records":[${records(300_000)}]}`
  const turns: number[] = []
  let last = process.threadCpuUsage()
  const watch = (): void => {
    const { user, system } = process.threadCpuUsage(last)
    turns.push(user + system)
    last = process.threadCpuUsage()
  }
  let watching = setImmediate(function next() {
    watch()
    watching = setImmediate(next)
  })
  await parseInParts(text)
  watch()
  clearImmediate(watching)
  expect(turns.length).toBeGreaterThan(text.length / aboutOnePart)
  // Memory is cleared in some of them, which may take as long as many parts do.
  expect(Math.max(...turns)).toBeLessThan(turns.reduce((sum, turn) => sum + turn) / 2)
})
