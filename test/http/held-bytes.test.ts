/** What is counted of bodies and answers under way, by account and for all together. */
import { expect, test } from 'vitest'
import { InflightBytes, type Held } from '../../src/http/held-bytes.ts'

const held = (key: string): Held => ({ key, bytes: 0, isAnswered: false })
const codeOf = (underWay: InflightBytes, one: Held, bytes: number) => underWay.refusal(one, bytes)?.problems[0]?.code

test('an account that is at its bound is refused, and others are not', () => {
  const underWay = new InflightBytes({ account: 100, all: 1000 })
  underWay.add(held('a'), 90)
  expect(codeOf(underWay, held('a'), 10)).toBeUndefined()
  expect(codeOf(underWay, held('a'), 11)).toBe('too_many_at_once')
  expect(codeOf(underWay, held('b'), 90)).toBeUndefined()
})

test('where all accounts together are at the bound, who holds something is asked to come again, and who holds nothing is let in', () => {
  const underWay = new InflightBytes({ account: 100, all: 150 })
  for (const key of ['a', 'b']) underWay.add(held(key), 70)
  expect(codeOf(underWay, held('a'), 20)).toBe('server_busy')
  expect(codeOf(underWay, held('c'), 90)).toBeUndefined()
})

test('what is given back can be had again', () => {
  const underWay = new InflightBytes({ account: 100, all: 150 })
  const one = held('a')
  underWay.add(one, 100)
  expect(codeOf(underWay, held('a'), 1)).toBe('too_many_at_once')
  underWay.add(one, -100)
  expect(codeOf(underWay, held('a'), 100)).toBeUndefined()
})
