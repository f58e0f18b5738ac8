/** Async helpers: an application takes a request, works on it, and hands out the result later. The application is a server that really works so. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { StepFailure, type Cursor, type ExportDoc, type ReadHelper, type Run } from '../../src/engine/adaptor.ts'
import { startApi, type Api } from '../harness/api.ts'
import { make, runToEnd } from '../harness/flows.ts'
import { aRun, collect, connectionTo, exportDoc, importDoc, lineOf, stage } from './adaptors/stage.ts'
import { serve, type TestServer } from './outgoing/server.ts'

/** Answers of a report by the questions that were asked about it. */
let states: string[] = []
let server: TestServer
const asked = (): string[] => server.asked.map(lineOf)

async function startReports(): Promise<TestServer> {
  const questions = new Map<string, number>()
  let submitted = 0
  return serve((request, response) => {
    const say = (status: number, body: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const [, id = '', what] = /^\/reports\/(\w+)\/(\w+)/.exec(request.url) ?? []
    if (request.method === 'POST') return say(202, { report: { id: `r${++submitted}` } })
    if (what === 'state') {
      const count = questions.get(id) ?? 0
      questions.set(id, count + 1)
      return say(200, { job: { state: states[count] ?? states.at(-1), url: `/reports/${id}/result` } })
    }
    if (what === 'result' && request.url.endsWith('page=2')) return say(200, { rows: [{ id: 3 }] })
    if (what === 'result')
      return say(200, { rows: [{ id: 1 }, { id: 2 }], next: `/reports/${id}/result?page=2`, outcome: 'ok', number: id })
    return say(404, {})
  })
}

const status = {
  statusPath: 'job.state',
  inProgressValues: ['queued', 'working'],
  doneValues: ['done'],
  initialWaitTime: 100,
  pollWaitTime: 100,
}
const stateHttp = { relativeURI: '/reports/{{record.id}}/state' }
const resultHttp = {
  relativeURI: '/reports/{{record.id}}/result',
  response: { resourcePath: 'rows' },
  paging: { method: 'url', path: 'next' },
}

beforeEach(() => {
  states = ['queued', 'working', 'done']
})

describe('in a flow', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi({ worker: true })
  })
  afterAll(() => api.close())
  beforeEach(async () => {
    server = await startReports()
  })

  async function documents(helperHttp: object = {}) {
    const _connectionId = (
      await make(api, 'connections', { name: 'reports', type: 'http', http: { mediaType: 'json', baseURI: server.origin } })
    )._id as string
    const make1 = async (name: string, http: object): Promise<string> =>
      (await make(api, 'exports', { name, adaptorType: 'HTTPExport', _connectionId, http }))._id as string
    const [state, result] = [await make1('state', stateHttp), await make1('result', resultHttp)]
    const helper = await make(api, 'asynchelpers', {
      name: 'Reports',
      http: { submit: { resourcePath: 'report' }, status: { ...status, _exportId: state }, result: { _exportId: result }, ...helperHttp },
    })
    return { _connectionId, state, result, _asyncHelperId: helper._id as string }
  }

  const sink = async (_connectionId: string): Promise<{ type: string; _importId: string }> => ({
    type: 'import',
    _importId: (
      await make(api, 'imports', {
        name: 'sink',
        adaptorType: 'HTTPImport',
        _connectionId,
        http: { method: ['POST'], relativeURI: ['/sink'] },
      })
    )._id as string,
  })

  it('an export asks once, waits until the work is done, and hands on all pages of its result', async () => {
    const { _connectionId, _asyncHelperId } = await documents()
    const http = { method: 'POST', relativeURI: '/reports', body: '{"of":"orders"}', _asyncHelperId }
    const { _id } = await make(api, 'exports', { name: 'orders', adaptorType: 'HTTPExport', _connectionId, http })
    const flow = await make(api, 'flows', { name: 'f', pageGenerators: [{ _exportId: _id }], pageProcessors: [await sink(_connectionId)] })
    expect(await runToEnd(api, flow._id as string)).toMatchObject({ status: 'completed', numSuccess: 3, numExport: 3 })
    expect(asked().filter((line) => !line.includes('/sink'))).toEqual([
      'POST /reports {"of":"orders"}',
      ...Array.from({ length: 3 }, () => 'GET /reports/r1/state'),
      'GET /reports/r1/result',
      'GET /reports/r1/result?page=2',
    ])
  })

  it('a lookup and an import do the same for each record, and an import reads the result as its answer', async () => {
    const { _connectionId, _asyncHelperId } = await documents()
    const source = await make(api, 'exports', {
      name: 'source',
      adaptorType: 'HTTPExport',
      _connectionId,
      http: { relativeURI: '/reports/seed/result', response: { resourcePath: 'rows' } },
    })
    const http = { method: 'POST', relativeURI: '/reports', body: '{"of": {{record.id}} }', _asyncHelperId }
    const lookup = await make(api, 'exports', { name: 'lookup', adaptorType: 'HTTPExport', _connectionId, isLookup: true, http })
    const response = { successPath: ['outcome'], successValues: [['ok']], resourceIdPath: ['number'] }
    const importer = await make(api, 'imports', {
      name: 'feed',
      adaptorType: 'HTTPImport',
      _connectionId,
      http: { method: ['POST'], relativeURI: ['/reports'], _asyncHelperId, response },
    })
    const pageProcessors = [
      { type: 'export', _exportId: lookup._id, responseMapping: { fields: [{ extract: 'data.2.id', generate: 'found' }], lists: [] } },
      { type: 'import', _importId: importer._id, responseMapping: { fields: [{ extract: 'id', generate: 'number' }], lists: [] } },
      await sink(_connectionId),
    ]
    const flow = await make(api, 'flows', { name: 'f', pageGenerators: [{ _exportId: source._id }], pageProcessors })
    expect(await runToEnd(api, flow._id as string)).toMatchObject({ status: 'completed', numError: 0 })
    const sent = asked().flatMap((line) =>
      line.startsWith('POST /sink ') ? [JSON.parse(line.slice(11)) as { id: number; found: number; number: string }] : [],
    )
    expect(sent).toMatchObject([
      { id: 1, found: 3 },
      { id: 2, found: 3 },
    ])
    expect(new Set(sent.map(({ number }) => number)).size).toBe(2)
  })

  it('gives the records of its result on request', async () => {
    const { _connectionId, _asyncHelperId } = await documents()
    const http = { method: 'POST', relativeURI: '/reports', body: '{}', _asyncHelperId }
    const { _id } = await make(api, 'exports', { name: 'orders', adaptorType: 'HTTPExport', _connectionId, http })
    expect(await api.call('POST', `/v1/exports/${String(_id)}/invoke`, {})).toMatchObject({
      status: 200,
      body: { data: [{ id: 1 }, { id: 2 }, { id: 3 }] },
    })
  })
})

describe('a step', () => {
  beforeEach(async () => {
    server = await startReports()
  })

  /** A helper as the plan hands it over. */
  function withHelper(http: object = {}, exports: Record<string, object> = {}): Run {
    const docs: Record<string, ExportDoc> = Object.fromEntries(
      Object.entries({ state: { http: stateHttp }, result: { http: resultHttp }, ...exports }).map(([name, doc]) => [
        name,
        exportDoc({ _id: name, name, ...doc }),
      ]),
    )
    const doc = {
      _id: 'h',
      name: 'Reports',
      http: { submit: { resourcePath: 'report' }, status: { ...status, _exportId: 'state' }, result: { _exportId: 'result' }, ...http },
    }
    const helper: ReadHelper = {
      doc: doc as unknown as ReadHelper['doc'],
      findExport: (id) => (docs[id] ? { doc: docs[id], connection: connectionTo(server.origin) } : undefined),
    }
    return aRun({ findHelper: (id: string) => (id === 'h' ? helper : undefined) })
  }
  const submitting = { method: 'POST', relativeURI: '/reports', body: '{}', _asyncHelperId: 'h' }
  const stepOf = (run: Run, fields: object = {}) => ({
    doc: exportDoc({ http: submitting, ...fields }),
    connection: connectionTo(server.origin),
    run,
  })
  const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => (error instanceof StepFailure ? error.failure : error),
    )

  it('goes on wherever it was cut off, and never asks for the work a second time', async () => {
    const step = stepOf(withHelper(), { pageSize: 1 })
    const pages = await collect(stage().source.pages(step, undefined))
    expect(pages.map(({ index, records }) => [index, records])).toEqual([
      [0, []],
      [1, [{ id: 1 }]],
      [2, [{ id: 2 }]],
      [3, [{ id: 3 }]],
    ])
    for (const [i, { next }] of pages.entries()) {
      if (!next) continue
      const rest = await collect(stage().source.pages(stepOf(withHelper(), { pageSize: 1 }), JSON.parse(JSON.stringify(next)) as Cursor))
      expect(rest.map(({ index, records }) => [index, records])).toEqual(pages.slice(i + 1).map(({ index, records }) => [index, records]))
    }
    expect(asked().filter((line) => line.startsWith('POST'))).toHaveLength(1)
  })

  it('takes the last answer about the state for the result where the helper names no other', async () => {
    const run = withHelper({ result: {} }, { state: { http: { ...stateHttp, response: { resourcePath: 'job' } } } })
    const pages = await collect(stage().source.pages(stepOf(run), undefined))
    expect(pages.flatMap(({ records }) => records)).toEqual([{ state: 'done', url: '/reports/r1/result' }])
  })

  it('takes the first answer for one about the state where the helper says so, and reshapes it by rules', async () => {
    const transform = {
      type: 'expression',
      expression: {
        version: '1',
        rules: [
          [
            { extract: 'report.id', generate: 'id' },
            { extract: 'report.id', generate: 'job.state' },
          ],
        ],
      },
    }
    const run = withHelper({ submit: { sameAsStatus: true, transform }, status: { ...status, doneValues: ['r1'], _exportId: 'state' } })
    const pages = await collect(stage().source.pages(stepOf(run), undefined))
    expect(pages.flatMap(({ records }) => records)).toHaveLength(3)
    expect(asked().filter((line) => line.includes('/state'))).toEqual([])
  })

  it('is left while it waits, at once', async () => {
    const leaving = new AbortController()
    const run = { ...withHelper({ status: { ...status, pollWaitTime: 3_600_000, _exportId: 'state' } }), signal: leaving.signal }
    const work = collect(stage().source.pages(stepOf(run), undefined))
    setTimeout(() => leaving.abort(new Error('left')), 300)
    await expect(work).rejects.toThrow('left')
  })

  it.each([
    ['ends in another way', {}, {}, 'async_work_failed', /answers "broken" about the work that the async helper Reports asks for/],
    [
      'says nothing of its state',
      { status: { ...status, statusPath: 'nowhere', _exportId: 'state' } },
      {},
      'async_work_failed',
      /answers nothing at nowhere/,
    ],
    [
      'would take longer than it may',
      { status: { ...status, initialWaitTime: 3 * 3_600_000, _exportId: 'state' } },
      {},
      'async_work_late',
      /was not done after 2 hours/,
    ],
    [
      'has a helper that names no export',
      { status },
      {},
      'async_helper_incomplete',
      /names no export that is there in http.status._exportId/,
    ],
    ['has a helper without values', { status: { _exportId: 'state' } }, {}, 'async_helper_incomplete', /does not say which values/],
    [
      'has a helper whose export has a helper',
      {},
      { state: { http: { ...stateHttp, _asyncHelperId: 'h' } } },
      'async_helper_incomplete',
      /without a helper of its own/,
    ],
    [
      'has a helper with a script',
      { submit: { transform: { type: 'script', script: {} } } },
      {},
      'async_helper_unsupported',
      /by rules it can/,
    ],
  ])('fails in words where the work %s', async (_what, helper, exports, code, message) => {
    states = ['queued', 'broken']
    const failure = await failureOf(collect(stage().source.pages(stepOf(withHelper(helper, exports)), undefined)))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  it('whose helper is gone, or that marks records as exported, fails before anybody is asked', async () => {
    expect(await failureOf(stage().source.ready(stepOf(aRun({ findHelper: () => undefined }))))).toMatchObject({
      code: 'async_helper_missing',
    })
    expect(
      await failureOf(
        stage().source.ready(stepOf(withHelper(), { type: 'once', http: { ...submitting, once: { relativeURI: '/mark' } } })),
      ),
    ).toMatchObject({
      code: 'export_type_unsupported',
    })
    expect(asked()).toEqual([])
  })

  it('of an import fails its records, and no others, where the work ends in another way', async () => {
    const step = {
      doc: importDoc({ http: { method: ['POST'], relativeURI: ['/reports'], _asyncHelperId: 'h' } }),
      connection: connectionTo(server.origin),
      run: withHelper(),
    }
    const { sink } = stage()
    const done = await sink.write(step, [{ record: {}, mapped: {} }])
    states = ['broken']
    const broken = await sink.write(step, [{ record: {}, mapped: {} }])
    expect([done, broken]).toMatchObject([[{ kind: 'done' }], [{ kind: 'failed', failures: [{ code: 'async_work_failed' }] }]])
  })
})
