/** The tools of test/cases/tools, called by a step of a flow that really runs: what each answers, sends and fails with. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { startApplication, type Application, type Script } from '../harness/application.ts'
import { errorsOf, exportOf, importOf, make, makeConnection, makeFlow, runToEnd } from '../harness/flows.ts'
import { casesIn } from './steps/case-files.ts'

interface Call {
  readonly input: object
  readonly output?: unknown
  readonly code?: string
  readonly message?: string
}

interface Case extends Script {
  readonly name: string
  readonly code?: string
  /** Made in this order; `{name}` is the id of one of them, `{connection}` and `{other}` those of two connections. The last tool is called. */
  readonly docs: readonly (readonly [collection: 'exports' | 'imports' | 'tools', name: string, fields: object])[]
  /** What the step that calls it says. */
  readonly step?: object
  readonly calls: readonly Call[]
  readonly sent?: Readonly<Record<string, readonly unknown[]>>
  /** To the application of the connection `{other}`. */
  readonly sentElsewhere?: Readonly<Record<string, readonly unknown[]>>
}

const api = apiForFile({ worker: true })

const start = async (script: Script = {}): Promise<Application> => {
  const application = await startApplication(script)
  onTestFinished(() => application.close())
  return application
}

const ledgerOf = ({ ledger }: Application, but: string): Record<string, unknown[]> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(ledger, ({ sink }) => sink))
      .filter(([sink]) => sink !== but)
      .map(([sink, sent = []]) => [sink, sent.map(({ body }) => body)]),
  )

for (const { file, cases } of casesIn<Case>('tools')) {
  describe(`${file}`, () => {
    it.each(cases)('$name', async ({ code, docs, step, calls, lookups, sent, sentElsewhere }) => {
      const sources = { orders: calls.map(({ input }, place) => ({ place, input })) }
      const [application, other] = [await start({ sources, ...(lookups && { lookups }) }), await start()]
      const ids: Record<string, string> = { connection: await makeConnection(api, application), other: await makeConnection(api, other) }
      const withIds = <T>(value: T): T =>
        JSON.parse(JSON.stringify(value).replaceAll(/"\{(\w+)\}"/g, (whole, name: string) => (ids[name] ? `"${ids[name]}"` : whole))) as T
      if (code !== undefined) ids['code'] = (await make(api, 'scripts', { name: 'Code', content: code }))._id
      const { _id: _integrationId } = await make(api, 'integrations', { name: 'Tools' })
      for (const [collection, name, fields] of docs) {
        const doc = withIds(fields)
        const whole =
          collection === 'tools'
            ? { name, _integrationId, ...doc }
            : (collection === 'exports' ? exportOf : importOf)(name, ids['connection'] as string, doc)
        ids[name] = (await make(api, collection, whole))._id
      }
      const called = { tool: { _toolId: ids[docs.at(-1)?.[1] as string] }, ...withIds(step ?? {}) }
      const flow = await makeFlow(api, application, {
        exports: { orders: { transform: { type: 'script', script: { _scriptId: '{code}', function: 'input' } } } },
        code: 'function input({ record }) { return record.input }',
        imports: { call: called, done: { mappings: [whole] } },
        flow: {
          pageProcessors: [
            { type: 'import', _importId: '{call}', responseMapping: { fields: [{ extract: '_json', generate: 'output' }], lists: [] } },
            { type: 'import', _importId: '{done}' },
          ],
        },
      })
      expect({ errorMessage: '', ...(await runToEnd(api, flow._id)) }).toMatchObject({ status: 'completed', errorMessage: '' })

      const answered = application.ledger.filter(({ sink }) => sink === 'done').map(({ body }) => body.output)
      expect(answered.toSorted(byText)).toEqual(calls.flatMap(({ output }) => output ?? []).toSorted(byText))
      const failed = calls.flatMap(({ code: expected, message }) => (expected ? [{ code: expected, message }] : []))
      const errors = (await errorsOf(api, flow, 'call')).map(({ code: told, message }) => ({ code: told, message }))
      expect(errors.toSorted(byText)).toEqual(failed.toSorted(byText))
      if (sent) expect(ledgerOf(application, 'done')).toEqual(sent)
      if (sentElsewhere) expect(ledgerOf(other, 'done')).toEqual(sentElsewhere)
    })
  })
}

/** The output alone, whatever else the record holds. */
const whole = { generate: 'output', dataType: 'object', extract: '$.output', sourceDataType: 'object', status: 'Active' }

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

describe('tools that call each other', () => {
  const routersTo = (_importId: string): object => ({
    routers: [{ id: 'a', branches: [{ name: 'all', nextRouterId: 'outputRouter', pageProcessors: [{ type: 'import', _importId }] }] }],
  })
  const toolOf = async (_integrationId: string, _importId: string, name: string): Promise<string> =>
    (await make(api, 'tools', { name, _integrationId, input: { schema: { type: 'object' } }, ...routersTo(_importId) }))._id as string
  const callerOf = async (_toolId: string): Promise<string> =>
    (await make(api, 'imports', { name: 'call', adaptorType: 'ToolImport', tool: { _toolId } }))._id as string

  /** The first tool writes, and each of the others calls the one before: the id of the last one. */
  async function chainOf(application: Application, depth: number): Promise<string> {
    const { _id: _integrationId } = await make(api, 'integrations', { name: 'Tools' })
    let step = (await make(api, 'imports', importOf('create', await makeConnection(api, application), {})))._id as string
    for (let level = 1; ; level++) {
      const toolId = await toolOf(_integrationId, step, `level ${level}`)
      if (level === depth) return toolId
      step = await callerOf(toolId)
    }
  }
  async function run(application: Application, toolId: string) {
    application.script = { sources: { orders: [{ id: 1 }] } }
    const flow = await makeFlow(api, application, { imports: { call: { tool: { _toolId: toolId } } } })
    return { job: await runToEnd(api, flow._id), errors: await errorsOf(api, flow, 'call') }
  }

  it('do so 5 deep', async () => {
    const application = await start()
    expect(await run(application, await chainOf(application, 5))).toMatchObject({ job: { status: 'completed', numError: 0 }, errors: [] })
    expect(application.ledger).toMatchObject([{ sink: 'create', body: { id: 1 } }])
  })

  it('deeper than that keep the flow from beginning, and nothing is sent', async () => {
    const application = await start()
    expect((await run(application, await chainOf(application, 6))).job).toMatchObject({
      status: 'failed',
      errorMessage: expect.stringContaining('The tool level 1 is called by tools that call each other more than 5 deep'),
    })
    expect(application.ledger).toEqual([])
  })
})
