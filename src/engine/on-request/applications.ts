/** What the engine does while somebody waits: one connection, export or import, over the adaptors that flows use. */
import type { Context, World } from '../../domain/context.ts'
import type { Applications } from '../../domain/ports/applications.ts'
import { createCallTool } from '../graph/call-tool.ts'
import { createCallApi } from '../apis/call-api.ts'
import { adaptors as adaptorsOn, type AdaptorPorts } from '../adaptors/index.ts'
import { asHttpConnection } from '../adaptors/mcp/over-http.ts'
import type { ConnectionDoc } from '../adaptor.ts'
import { completeConnection, createReader } from '../plan/read-documents.ts'
import { awaitsPerson } from '../outgoing/auth/oauth.ts'
import type { Doc } from '../../domain/ports/document.ts'
import { endAuthorization, revokeSession, startAuthorization } from './authorization.ts'
import { exportOnRequest } from './export.ts'
import { importOnRequest, mapOnRequest } from './import.ts'
import { createFindObstacles } from './obstacles.ts'
import { pingBy } from './ping.ts'
import { preview } from './preview.ts'
import { testApi } from './test-api.ts'
import { testFlow } from './test-run.ts'
import { testTool } from './test-tool.ts'

/** For one request, less than a flow may take. Milliseconds. */
const requestMs = 30_000

const completed = (ctx: Context, connection: Doc): Promise<ConnectionDoc> =>
  completeConnection(createReader(ctx, ctx.caller.envId), connection as unknown as ConnectionDoc)

/** `callMs` is how long a call of an API may take, for tests. */
export function createApplications(ports: AdaptorPorts, callMs?: number): Applications<Context, World> {
  const adaptors = adaptorsOn({ ...ports, requestMs })
  const parts = { adaptors, evaluator: ports.evaluator }
  return {
    findObstacles: createFindObstacles(ports),
    hasPing(doc) {
      const connection = doc as unknown as ConnectionDoc
      return adaptors.connections.find((each) => each.isFor(connection))?.hasPing(connection) ?? false
    },
    async ping(ctx, connection, isStored) {
      return pingBy(adaptors, ctx, await completed(ctx, connection), isStored)
    },
    awaitsPerson: (connection, before) =>
      awaitsPerson(
        asHttpConnection(connection as unknown as ConnectionDoc),
        before && asHttpConnection(before as unknown as ConnectionDoc),
      ),
    async startAuthorization(ctx, connection, home, state) {
      return startAuthorization(ports, ctx, asHttpConnection(await completed(ctx, connection)), home, state)
    },
    async endAuthorization(ctx, connection, end) {
      return endAuthorization(ports, ctx, asHttpConnection(await completed(ctx, connection)), end)
    },
    async revoke(ctx, connection, session) {
      return revokeSession(ports, ctx, asHttpConnection(await completed(ctx, connection)), session)
    },
    export: (ctx, call) => exportOnRequest(parts, ctx, call),
    import: (ctx, call) => importOnRequest(parts, ctx, call),
    map: (ctx, call) => mapOnRequest(parts, ctx, call),
    preview: (ctx, call) => preview(parts, ctx, call),
    test: (ctx, call) => testFlow(parts, ctx, call),
    callTool: createCallTool(parts),
    testApi: (ctx, call) => testApi(parts, ctx, call),
    testTool: (ctx, call) => testTool(parts, ctx, call),
    callApi: createCallApi({ ...parts, ...(callMs !== undefined && { callMs }) }),
  }
}
