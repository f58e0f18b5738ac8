/** The cases of test/cases/mcp: flows whose steps call tools of an MCP server, made over the API and really run against a server of the official SDK. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { apiForFile } from '../../harness/api.ts'
import { startApplication, type Script } from '../../harness/application.ts'
import { errorsOf, make, makeFlow, runToEnd, type Layout } from '../../harness/flows.ts'
import { startMcpServer, type McpServer } from '../../harness/mcp-server.ts'
import { casesIn } from '../steps/case-files.ts'

interface Case extends Omit<Layout, 'connection'>, Script {
  readonly name: string
  readonly tools: McpServer['tools']
  /** What the connection to the server says besides its address. */
  readonly connection?: object
  /** In any order: records of a page go out at once. */
  readonly calls?: McpServer['calls']
  readonly sent?: Readonly<Record<string, readonly unknown[]>>
  readonly job?: object
  readonly errors?: Readonly<Record<string, readonly object[]>>
  /** Of every request to the server. */
  readonly headers?: Readonly<Record<string, string>>
  readonly address?: string
}

const api = apiForFile({ worker: true })

const inAnyOrder = (values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value)).toSorted()

for (const { file, cases } of casesIn<Case>('mcp')) {
  describe(`${file}`, () => {
    // Servers answer in streams of events or in JSON, as they like.
    it.each(
      cases.flatMap((each) => [
        { ...each, json: false, way: 'events' },
        { ...each, json: true, way: 'JSON' },
      ]),
    )('$name ($way)', async ({ sources, tools, connection, calls, sent = {}, job, errors = {}, headers, address, json, ...layout }) => {
      const application = await startApplication({ ...(sources && { sources }) })
      onTestFinished(() => application.close())
      const server = await startMcpServer(tools, { json })
      onTestFinished(() => server.close())
      const mcp = { serverURL: server.url, http: { auth: { type: 'custom' } }, ...connection }
      const { _id } = await make(api, 'connections', { name: 'server', type: 'mcp', mcp })
      const overMcp = (steps: Layout['exports']) =>
        steps &&
        Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, 'mcp' in step ? { ...step, _connectionId: _id } : step]))
      const { exports = { orders: {} }, imports = {}, flow, code } = layout
      const made = await makeFlow(api, application, {
        exports: overMcp(exports) as object as NonNullable<Layout['exports']>,
        imports: overMcp(imports) as object as NonNullable<Layout['imports']>,
        ...(flow && { flow }),
        ...(code !== undefined && { code }),
      })
      expect({ errorMessage: '', ...(await runToEnd(api, made._id)) }).toMatchObject({ status: 'completed', errorMessage: '', ...job })

      if (calls) expect(inAnyOrder(server.calls)).toEqual(inAnyOrder(calls))
      for (const [sink, bodies] of Object.entries(sent))
        expect(inAnyOrder(application.ledger.filter((each) => each.sink === sink).map(({ body }) => body))).toEqual(inAnyOrder(bodies))
      for (const [step, expected] of Object.entries(errors)) {
        const told = await errorsOf(api, made, step)
        expect(told).toMatchObject(expected)
        expect(told).toHaveLength(expected.length)
      }
      for (const request of server.requests) {
        if (headers) expect(request.headers).toMatchObject(headers)
        if (address !== undefined) expect(request.url).toBe(address)
      }
    })
  })
}
