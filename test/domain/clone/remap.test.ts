/** What a document keeps and what it loses when another one is made from it. */
import { expect, test } from 'vitest'
import { findMentions } from '../../../src/domain/definitions/mentions.ts'
import { remapDocument, portable, remapIds, removeReferences } from '../../../src/domain/definitions/remap-ids.ts'
import { resources } from '../../../src/contract/resources/index.ts'
import { cpuTime } from '../../harness/cpu-time.ts'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(24)) as [string, string, string, string]
const stamps = { _id: a, createdAt: '2026-01-01T00:00:00.000Z', lastModified: '2026-01-01T00:00:00.000Z' }

test('ids are replaced wherever they stand for themselves: as a value, as a key and within texts', () => {
  const ids = new Map([[a, b]])
  const doc = {
    list: [a, c, { deep: a }],
    [a]: 1,
    [`x.${a}`]: 2,
    text: `see /${a}?${c}&x=${a.toUpperCase()}`,
    number: 1,
    nothing: null,
    flag: false,
  }
  expect(remapIds(doc, ids)).toEqual({
    list: [b, c, { deep: b }],
    [b]: 1,
    [`x.${b}`]: 2,
    text: `see /${b}?${c}&x=${b}`,
    number: 1,
    nothing: null,
    flag: false,
  })
  expect(doc.list[0]).toBe(a)
})

test('a part of a longer number is no id, and source text is left as it is', () => {
  const ids = new Map([[a, b]])
  for (const text of [`${a}a`, `0${a}`, `f${a}f`]) expect(remapIds({ text }, ids)).toEqual({ text })
  expect(remapDocument('scripts', { name: `of ${a}`, content: `run('${a}')` }, ids)).toEqual({ name: `of ${b}`, content: `run('${a}')` })
  expect(remapDocument('exports', { content: a }, ids)).toEqual({ content: b })
})

test('texts are told that hold ids, each once, and what the schema knows to be an id is none of them', () => {
  const flow = {
    ...stamps,
    _integrationId: b,
    name: 'F',
    pageGenerators: [{ _exportId: b }],
    settings: { next: c, [b]: { deep: [`/${c}/${c}/${b}`] } },
  }
  expect(findMentions('flows', flow, new Set([a, b, c]))).toEqual([
    { path: 'settings.next', id: c, isCode: false },
    { path: `settings.${b}`, id: b, isCode: false },
    { path: `settings.${b}.deep.0`, id: c, isCode: false },
    { path: `settings.${b}.deep.0`, id: b, isCode: false },
  ])
  expect(findMentions('flows', flow, new Set([d]))).toEqual([])
  expect(findMentions('scripts', { name: 'S', content: `run('${a.toUpperCase()}')` }, new Set([a]))).toEqual([
    { path: 'content', id: a, isCode: true },
  ])
})

test('a megabyte of hex digits is gone through in an instant', () => {
  const text = 'a'.repeat(1_000_000)
  const { result, ms } = cpuTime(() => [findMentions('scripts', { content: text }, new Set([a])), remapIds({ text }, new Map([[a, b]]))])
  expect(result).toEqual([[], { text }])
  expect(ms).toBeLessThan(1000)
})

test('secrets and what only the server says stay behind; references of the server stay', () => {
  const http = { baseURI: 'https://a.example', auth: { type: 'token', token: { token: '******', location: 'header' } } }
  const doc = { ...stamps, name: 'x', type: 'http', http, offline: true, _integrationId: b, lastPingAt: stamps.createdAt, deletedAt: null }
  expect(portable('connections', doc)).toEqual({
    name: 'x',
    type: 'http',
    http: { baseURI: 'https://a.example', auth: { type: 'token', token: { location: 'header' } } },
    _integrationId: b,
  })
  expect(portable('integrations', { ...stamps, name: 'x', _registeredConnectionIds: [c] })).toEqual({
    name: 'x',
    _registeredConnectionIds: [c],
  })
})

test('a reference that leads nowhere goes, and with it an item of a list that was nothing else', () => {
  const flow = {
    name: 'f',
    _runNextFlowIds: [a, b, c],
    _runNextExportIds: [
      { _flowId: a, _exportId: a },
      { _flowId: b, _exportId: a },
    ],
    _keepDeltaBehindFlowId: a,
    pageGenerators: [
      { _exportId: b, _keepDeltaBehindFlowId: a },
      { _exportId: a, schedule: '? 5 * ? * *' },
    ],
    aliases: [
      { alias: 'gone', _flowId: a },
      { alias: 'kept', _flowId: d },
    ],
  }
  removeReferences(resources.flows.stored, flow, (id) => id === a || id === c)
  expect(flow).toEqual({
    name: 'f',
    _runNextFlowIds: [b],
    _runNextExportIds: [{ _flowId: b }],
    pageGenerators: [{ _exportId: b }],
    aliases: [{ alias: 'kept', _flowId: d }],
  })
})
