/** When flows run next by themselves: by their schedule and those of their page generators. */
import { beforeAll, expect, test } from 'vitest'
import { listDueTimes } from '../../src/domain/rules/schedule.ts'
import { apiForFile } from '../harness/api.ts'
import { make } from '../harness/flows.ts'
import { makeOneOfEach, samples, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let ids: Ids
let another: string
beforeAll(async () => {
  ids = await makeOneOfEach(api.call)
  another = (await make(api, 'exports', samples.exports(ids)))._id
})
const nextRuns = async (flow: object, query = '') => {
  const { _id } = await make(api, 'flows', { name: 'F', ...flow })
  return api.call('GET', `/v1/flows/${_id}/nextRuns${query}`)
}

test('the next three are told, with the exports that run then', async () => {
  const generators = [{ _exportId: ids.exports }, { _exportId: another, schedule: '? 30 * ? * *' }]
  const { status, body } = await nextRuns({ schedule: '? 0 * ? * *', pageGenerators: generators })
  expect(status).toBe(200)
  const times = body.map(({ at }: { at: string }) => Date.parse(at))
  expect(times[1] - times[0]).toBe(30 * 60_000)
  expect(times[2] - times[1]).toBe(30 * 60_000)
  expect(times[0] - Date.now()).toBeLessThanOrEqual(30 * 60_000)
  for (const { at, _exportIds } of body) expect(_exportIds).toEqual([at.slice(14, 16) === '00' ? ids.exports : another])
  expect((await nextRuns({ schedule: '? 0 3 ? * *', pageGenerators: [{ _exportId: ids.exports }] }, '?limit=7')).body).toHaveLength(7)
})

test.each<[string, { schedule?: string; disabled?: boolean; setupInProgress?: boolean }]>([
  ['has no schedule', {}],
  ['is disabled', { schedule: '? 0 * ? * *', disabled: true }],
  ['is still to be set up', { schedule: '? 0 * ? * *', setupInProgress: true }],
])('a flow that %s does not run by itself', async (_why, { setupInProgress, ...flow }) => {
  const generator = { _exportId: ids.exports, ...(setupInProgress && { setupInProgress }) }
  expect((await nextRuns({ ...flow, pageGenerators: [generator] })).status).toBe(204)
})

test('neither is an unknown flow told of, nor more than ten times', async () => {
  expect((await api.call('GET', '/v1/flows/6790c0de0000000000000001/nextRuns')).status).toBe(404)
  expect((await nextRuns({}, '?limit=11')).status).toBe(400)
})

const told = (schedule: string, timezone: string, after: string, count = 3): string[] =>
  listDueTimes(schedule, timezone, new Date(after), count).map((at) => new Date(at).toISOString().replace(':00.000Z', 'Z'))

test('clock changes are kept: what is left out is due by so much later, what comes twice is due once', () => {
  expect(told('? 30 2 ? * *', 'Europe/Berlin', '2026-03-28T00:00:00Z')).toEqual([
    '2026-03-28T01:30Z',
    '2026-03-29T01:30Z',
    '2026-03-30T00:30Z',
  ])
  expect(told('? 30 2 ? * *', 'Europe/Berlin', '2026-10-24T12:00:00Z')).toEqual([
    '2026-10-25T00:30Z',
    '2026-10-26T01:30Z',
    '2026-10-27T01:30Z',
  ])
})

test('days that come rarely are found, and those that never come are not waited for', () => {
  expect(told('? 0 0 29 2 ?', 'UTC', '2026-03-01T00:00:00Z', 2)).toEqual(['2028-02-29T00:00Z', '2032-02-29T00:00Z'])
  expect(told('? */5 * ? * *', 'UTC', '2026-03-01T00:02:30Z')).toEqual(['2026-03-01T00:05Z', '2026-03-01T00:10Z', '2026-03-01T00:15Z'])
  expect(told('? 0 5 ? * MON', 'America/New_York', '2026-11-01T00:00:00Z', 2)).toEqual(['2026-11-02T10:00Z', '2026-11-09T10:00Z'])
})
