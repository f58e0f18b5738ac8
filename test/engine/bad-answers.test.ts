/** Applications that answer badly while many pages are in flight: what is told names the step, what happened and what to do, what else was on its way arrives, and nothing is lost. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { ended, errorsOf, makeFlow, numbered, runToEnd, startRun, stepJobs, type Maker } from '../harness/flows.ts'
import type { Application } from '../harness/application.ts'
import { json, serve, type Asked } from './outgoing/server.ts'

const firstWait = 20
const api = apiForFile({ worker: true, patience: { firstWait } })
/** Gives up on applications that do not answer after 3 s. */
const impatient = apiForFile({ worker: true, patience: { requestMs: 3000, firstWait } })

const mb = 'x'.repeat(1024 * 1024)
const gigabyte = 1024
/** Writes until nobody reads any more, or a gigabyte. */
async function endlessly(response: ServerResponse, headers: Record<string, string>): Promise<void> {
  const closed = new Promise((resolve) => response.on('close', resolve))
  response.on('error', () => undefined)
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).write('"')
  for (let n = 0; n < gigabyte && !response.destroyed; n++) {
    const isFull = !response.write(mb)
    if (isFull) await Promise.race([closed, once(response, 'drain').catch(() => undefined)])
  }
  response.destroy()
}

const grown = gzipSync(Buffer.alloc(60 * mb.length, 'x'))
const type = { 'content-type': 'application/json' }
const tooMuch = (retryAfter: () => string) => (response: ServerResponse) =>
  json(response, 429, { message: 'slow down' }, { 'retry-after': retryAfter() })
const inAnHour = (): string => new Date(Date.now() + 3_600_000).toUTCString()

type Answer = (response: ServerResponse, good: unknown) => unknown

/** Of an error; a message holds the sentence that says what happened, and the one that says what to do. */
interface Told {
  readonly source: string
  readonly code: string
  readonly says: RegExp
}
const lost = (says: string): Told => ({
  source: 'connection',
  code: 'connection_reset',
  says: new RegExp(`${says}.*(look there|run the flow again)`, 'is'),
})
const late: Told = { source: 'connection', code: 'timeout', says: /did not answer within 3 s.*(look there|run the flow again)/is }
const large = (most: number): Told => ({
  source: 'connection',
  code: 'response_too_large',
  says: new RegExp(`more than ${most} MB. Ask it for less`),
})
const garbage: Told = { source: 'application', code: 'invalid_json', says: /not JSON, but .*: .* Look whether the address is right/ }
const charset: Told = { source: 'application', code: 'charset_unknown', says: /not UTF-8.* Have it name its character set/ }
const inside: Told = { source: 'application', code: '200', says: /out of stock/ }
const circle: Told = { source: 'connection', code: 'redirect_refused', says: /more than 5 times. Give the step the address/ }
const limit = (wait = ''): Told => ({
  source: 'application',
  code: '429',
  says: new RegExp(`^slow down. The application was asked too often${wait}: lower the concurrency level`),
})

interface Case {
  readonly name: string
  readonly answer: Answer
  readonly isSilent?: true
  /** The errors where it is asked for a page, for what belongs to a record, and where it is sent one; none where that is an answer. */
  readonly export?: Told
  readonly lookup?: Told
  readonly import?: Told
}
const everywhere = (told: Told) => ({ export: told, lookup: told, import: told })
const cases: readonly Case[] = [
  { name: 'does not answer', isSilent: true, answer: () => undefined, ...everywhere(late) },
  {
    name: 'stops in the middle of its answer',
    isSilent: true,
    answer: (response) => response.writeHead(200, type).write('{"records":['),
    ...everywhere(late),
  },
  { name: 'hangs up', answer: (response) => response.destroy(), ...everywhere(lost('closed the connection before it answered')) },
  {
    name: 'hangs up in the middle of an answer of known length',
    answer(response) {
      response.writeHead(200, { ...type, 'content-length': '1000' }).write('{"records":[')
      setTimeout(() => response.destroy(), 10)
    },
    ...everywhere(lost('in the middle of its answer')),
  },
  {
    name: 'hangs up in the middle of an answer in chunks',
    answer(response) {
      response.writeHead(200, type).write('{"records":[')
      setTimeout(() => response.destroy(), 10)
    },
    ...everywhere(lost('in the middle of its answer')),
  },
  {
    name: 'answers a gigabyte in chunks',
    answer: (response) => endlessly(response, {}),
    export: large(50),
    lookup: large(5),
    import: large(5),
  },
  {
    name: 'answers a gigabyte and says so',
    answer: (response) => endlessly(response, { 'content-length': String(gigabyte * mb.length + 1) }),
    export: large(50),
    lookup: large(5),
    import: large(5),
  },
  {
    name: 'answers what grows',
    answer: (response) => response.writeHead(200, { ...type, 'content-encoding': 'gzip' }).end(grown),
    export: large(50),
    lookup: large(5),
    import: large(5),
  },
  // What shows failure cannot be looked up in it.
  { name: 'answers garbage', answer: (response) => response.writeHead(200, type).end('<<{]'), ...everywhere(garbage) },
  {
    name: 'answers a page for people',
    answer: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
    ...everywhere(garbage),
  },
  {
    name: 'answers in another charset, and says so',
    answer: (response, good) =>
      response.writeHead(200, { 'content-type': 'application/json; charset=iso-8859-1' }).end(Buffer.from(JSON.stringify(good), 'latin1')),
  },
  {
    name: 'answers in UTF-16, and does not say so',
    answer: (response, good) => response.writeHead(200, type).end(Buffer.from(JSON.stringify(good), 'utf16le')),
  },
  {
    name: 'answers in another charset, and does not say so',
    answer: (response, good) => response.writeHead(200, type).end(Buffer.from(JSON.stringify(good), 'latin1')),
    ...everywhere(charset),
  },
  { name: 'answers 200 with an error inside', answer: (response) => json(response, 200, { error: 'out of stock' }), ...everywhere(inside) },
  { name: 'redirects in a circle', answer: (response) => response.writeHead(307, { location: '/circle' }).end(), ...everywhere(circle) },
  { name: 'says 429 and a second', answer: tooMuch(() => '1'), ...everywhere(limit(', and asks not to be for 1 s')) },
  { name: 'says 429 and nonsense', answer: tooMuch(() => '-5 moons'), ...everywhere(limit()) },
]

const count = 60
const pageSize = 5
/** Of an answer of the source, and the page that it begins with. */
const perAnswer = 20
const badSkip = 40
const badIds: ReadonlySet<number> = new Set([11, 12, 33])
const ids = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n + 1)
const town = 'Köln'

type Where = 'export' | 'lookup' | 'import'
/** By where it answers badly: the step whose error that is. */
const steps = { export: 'orders', lookup: 'towns', import: 'sink' } as const

/** An application that answers badly at a page or at some records, until it is mended; `takes` where it has taken a record that it answers badly to. */
async function anApplication(maker: Maker, answerBadly: Answer, where: Where, takes = false) {
  const state = { isMended: false, sent: [] as { id: number; town?: string }[] }
  const all = numbered(count, { town })
  const isBad = (place: Where, id: number): boolean => where === place && badIds.has(id) && !state.isMended
  const server = await serve(async ({ method, url, body }: Asked, response) => {
    const asked = new URL(url, 'http://application')
    if (asked.pathname === '/circle') return response.writeHead(307, { location: '/circle' }).end()
    if (asked.pathname.startsWith('/lookup/')) {
      const id = Number(asked.pathname.split('/').at(-1))
      return isBad('lookup', id) ? answerBadly(response, { id, town }) : json(response, 200, { id, town })
    }
    if (method === 'GET') {
      const skip = Number(asked.searchParams.get('skip') ?? 0)
      const good = { records: all.slice(skip, skip + perAnswer) }
      return where === 'export' && skip === badSkip && !state.isMended ? answerBadly(response, good) : json(response, 200, good)
    }
    const sent = JSON.parse(body) as { id: number; town?: string }
    const isAnsweredBadly = isBad('import', sent.id)
    if (!isAnsweredBadly) await pause(5)
    if (!isAnsweredBadly || takes) state.sent.push(sent)
    if (isAnsweredBadly) return answerBadly(response, { id: sent.id, town })
    return json(response, 201, { id: sent.id })
  })
  const paging = { method: 'skip', skip: 0 }
  const response = { failPath: 'error', errorPath: 'error' }
  const http = {
    relativeURI: '/source/orders?skip={{export.http.paging.skip}}',
    paging,
    response: { ...response, resourcePath: 'records' },
  }
  const flow = await makeFlow(maker, { origin: server.origin } as Application, {
    exports: {
      orders: { pageSize, http },
      ...(where === 'lookup' && { towns: { isLookup: true, http: { relativeURI: '/lookup/{{record.id}}', response } } }),
    },
    imports: { sink: { http: { response: { failPath: ['error'], errorPath: 'error' } } } },
    flow: {
      pageProcessors: [
        ...(where === 'lookup'
          ? [
              {
                type: 'export',
                _exportId: '{towns}',
                responseMapping: { fields: [{ extract: 'data[0].town', generate: 'town' }], lists: [] },
              },
            ]
          : []),
        { type: 'import', _importId: '{sink}' },
      ],
    },
  })
  return { state, flow, origin: server.origin }
}

const sortedIds = ({ sent }: { readonly sent: readonly { readonly id: number }[] }): number[] =>
  sent.map(({ id }) => id).toSorted((a, b) => a - b)

function expectTold(errors: readonly Record<string, unknown>[], { source, code, says }: Told, howMany: number): void {
  expect(errors).toMatchObject(Array.from({ length: howMany }, () => ({ source, code, message: expect.stringMatching(says) })))
}

describe.each(cases)('an application that $name', ({ answer, isSilent, ...told }) => {
  const maker = isSilent ? impatient : api
  it('where a page is asked for: the run says which export asked for what and why it cannot go on, and what came before arrives', async () => {
    const { state, flow, origin } = await anApplication(maker, answer, 'export')
    const job = await runToEnd(maker, flow._id)
    if (told.export) {
      expect(job).toMatchObject({ status: 'failed', numExport: badSkip, numSuccess: badSkip, numError: 1 })
      expect(job.errorMessage).toMatch(new RegExp(`^Export "orders": GET ${origin}/source/orders\\b`))
      expect(job.errorMessage).toMatch(new RegExp(told.export.says.source.replace(/^\^/, ''), told.export.says.flags))
      expectTold(await errorsOf(maker, flow, 'orders'), told.export, 1)
      expect(sortedIds(state)).toEqual(ids(0, badSkip))
      state.isMended = true
      state.sent.length = 0
      expect(await runToEnd(maker, flow._id)).toMatchObject({ status: 'completed', numExport: count })
    } else expect(job).toMatchObject({ status: 'completed', numExport: count, numError: 0 })
    expect(sortedIds(state)).toEqual(ids(0, count))
    expect(new Set(state.sent.map((sent) => sent.town))).toEqual(new Set([town]))
  }, 60_000)

  it.each(['lookup', 'import'] as const)(
    'where it is asked by the %s of a record: that one has the error and can be sent again, all others arrive',
    async (where) => {
      const { state, flow } = await anApplication(maker, answer, where, told.import === undefined)
      const error = told[where]
      const bad = error ? badIds.size : 0
      const jobId = await startRun(maker, flow._id)
      expect(await ended(maker, jobId, 60_000)).toMatchObject({ status: 'completed', numExport: count, numError: bad })
      expect(await stepJobs(maker, flow, jobId)).toMatchObject({
        [steps[where]]: { numSuccess: count - bad, numError: bad },
        sink: { numSuccess: count - bad },
      })
      expect(sortedIds(state)).toEqual(ids(0, count).filter((id) => !error || !badIds.has(id)))
      if (error) {
        const errors = await errorsOf(maker, flow, steps[where])
        expectTold(errors, error, bad)
        state.isMended = true
        const retryDataKeys = errors.map(({ retryDataKey }) => retryDataKey as string)
        const { body } = await maker.call('POST', `/v1/flows/${flow._id}/${flow.ids[steps[where]]}/retry`, { retryDataKeys })
        expect(await ended(maker, body._jobId)).toMatchObject({ status: 'completed', numError: 0 })
        expect(await errorsOf(maker, flow, steps[where])).toEqual([])
      }
      expect(sortedIds(state)).toEqual(ids(0, count))
      expect(new Set(state.sent.map((sent) => sent.town))).toEqual(new Set([town]))
    },
    60_000,
  )
})

const hours: readonly (readonly [string, () => string])[] = [
  ['seconds', () => '3600'],
  ['a date', inAnHour],
]
describe.each(hours)('an application that says 429 and an hour, in %s', (_how, retryAfter) => {
  const hour = limit(', and asks not to be for 60 min')
  const spared: Told = {
    source: 'connection',
    code: 'left_alone',
    says: /was not asked: it has asked not to be until .*Send again after that/,
  }

  it('where a page is asked for: the run says so, and what came before arrives', async () => {
    const { state, flow } = await anApplication(api, tooMuch(retryAfter), 'export')
    expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'failed', numExport: badSkip, numSuccess: badSkip })
    expectTold(await errorsOf(api, flow, 'orders'), hour, 1)
    expect(sortedIds(state)).toEqual(ids(0, badSkip))
  })

  it.each(['lookup', 'import'] as const)(
    'where it is asked by the %s of a record: that step asks no more, and all that failed can be sent again',
    async (where) => {
      const { state, flow } = await anApplication(api, tooMuch(retryAfter), where)
      const job = await runToEnd(api, flow._id)
      const errors = await errorsOf(api, flow, steps[where])
      expect(job).toMatchObject({ status: 'completed', numExport: count, numError: errors.length })
      const told = errors.filter(({ code }) => code === '429')
      expectTold(told, hour, told.length)
      expectTold(
        errors.filter((error) => !told.includes(error)),
        spared,
        errors.length - told.length,
      )
      expect(told.length).toBeGreaterThan(0)
      expect(state.sent).toHaveLength(count - errors.length)
      for (const { classification, retryAt } of errors) {
        expect(classification).toBe('rate_limit')
        expect(Date.parse(retryAt)).toBeGreaterThan(Date.now() + 3_500_000)
      }
      state.isMended = true
      const retryDataKeys = errors.map(({ retryDataKey }) => retryDataKey as string)
      const { body } = await api.call('POST', `/v1/flows/${flow._id}/${flow.ids[steps[where]]}/retry`, { retryDataKeys })
      expect(await ended(api, body._jobId)).toMatchObject({ status: 'completed', numError: 0 })
      expect(sortedIds(state)).toEqual(ids(0, count))
    },
  )
})

it('a target that answers garbage where it is asked whether a record is there is not taken for one that says no', async () => {
  const created: number[] = []
  const server = await serve(({ method, body }, response) => {
    if (method === 'GET') return response.writeHead(200, type).end('<<{]')
    created.push((JSON.parse(body) as { id: number }).id)
    return json(response, 201, {})
  })
  const source = await serve((_asked, response) => json(response, 200, { records: numbered(3) }))
  const flow = await makeFlow(api, { origin: server.origin } as Application, {
    exports: { orders: { http: { relativeURI: source.origin } } },
    imports: {
      sink: {
        ignoreExisting: true,
        http: {
          ignoreLookupName: 'there',
          lookups: [{ name: 'there', relativeURI: '/there/{{data.0.id}}', method: 'GET', extract: 'id' }],
        },
      },
    },
  })
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numError: 3 })
  expectTold(await errorsOf(api, flow, 'sink'), { ...garbage, source: 'lookup' }, 3)
  expect(created).toEqual([])
})

it('a run whose application asks for an hour does not wait for it, and keeps no other run of the connection waiting', async () => {
  const { state, flow } = await anApplication(
    api,
    tooMuch(() => '3600'),
    'import',
  )
  const began = Date.now()
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', retriable: true })
  expect(Date.now() - began).toBeLessThan(20_000)
  state.isMended = true
  expect(await runToEnd(api, flow._id)).toMatchObject({ status: 'completed', numError: 0 })
})
