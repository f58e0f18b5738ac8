/** What the engine does while somebody waits: one connection, export or import, over the adaptors that flows use. */
import type { Context } from '../../domain/context.ts'
import type { Applications } from '../../domain/ports/applications.ts'
import { adaptors as adaptorsOn, type AdaptorPorts } from '../adaptors/index.ts'
import type { ConnectionDoc } from '../adaptor.ts'
import type { HttpRequest } from '../outgoing/message.ts'
import { asBorrower, reader } from '../plan/read-documents.ts'
import { exportOnRequest } from './export.ts'
import { importOnRequest, mapOnRequest } from './import.ts'
import { obstaclesIn } from './obstacles.ts'
import { pingOver } from './ping.ts'

/** For one request, less than a flow may take. Milliseconds. */
const requestMs = 30_000

export function applications(ports: AdaptorPorts): Applications<Context> {
  const impatient = {
    ...ports,
    send: (request: HttpRequest, signal: AbortSignal) => ports.send({ timeout: requestMs, ...request }, signal),
  }
  const parts = { adaptors: adaptorsOn(impatient), evaluator: ports.evaluator }
  return {
    obstacles: (ctx, collection, doc) => obstaclesIn(ports, ctx, collection, doc),
    async ping(ctx, connection) {
      const { caller } = ctx
      return pingOver(impatient, caller, await asBorrower(reader(ctx, caller.envId), connection as unknown as ConnectionDoc))
    },
    export: (ctx, call) => exportOnRequest(parts, ctx, call),
    import: (ctx, call) => importOnRequest(parts, ctx, call),
    map: (ctx, call) => mapOnRequest(parts, ctx, call),
  }
}
