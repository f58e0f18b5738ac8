/** What a document keeps and what it loses when another one is made from it. */
import { expect, test } from 'vitest'
import { portable, withIds, withoutReferences } from '../../../src/domain/definitions/remap-ids.ts'
import { resources } from '../../../src/contract/resources/index.ts'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(24)) as [string, string, string, string]
const stamps = { _id: a, createdAt: '2026-01-01T00:00:00.000Z', lastModified: '2026-01-01T00:00:00.000Z' }

test('ids are replaced wherever they are a whole value or a key, and nowhere else', () => {
  const ids = new Map([[a, b]])
  const doc = { list: [a, c, { deep: a }], [a]: 1, text: `see ${a}`, number: 1, nothing: null, flag: false }
  expect(withIds(doc, ids)).toEqual({ list: [b, c, { deep: b }], [b]: 1, text: `see ${a}`, number: 1, nothing: null, flag: false })
  expect(doc.list[0]).toBe(a)
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
  withoutReferences(resources.flows.stored, flow, (id) => id === a || id === c)
  expect(flow).toEqual({
    name: 'f',
    _runNextFlowIds: [b],
    _runNextExportIds: [{ _flowId: b }],
    pageGenerators: [{ _exportId: b }],
    aliases: [{ alias: 'kept', _flowId: d }],
  })
})
