/** A call of an API of the account's own: which one it is, whether the caller may, and what it is answered. */
import type { Operation } from '../../contract/operation.ts'
import { checkAccess } from '../access/access.ts'
import type { Context, World } from '../context.ts'
import { DomainError } from '../errors.ts'
import { isId } from '../ids.ts'
import { withCallLimit } from '../limits/inflight-limit.ts'
import type { Identity } from '../ports/accounts.ts'
import type { ApiAnswer, ApiOutcome, ApiRequest } from '../ports/apis/api-calls.ts'
import { createFindAddress } from './find-address.ts'
import { CallLog } from './call-log.ts'

export interface IncomingCall extends Omit<ApiRequest, 'pathParams'> {
  /** As it came, still escaped, without the query. */
  readonly path: string
}

export interface ApiCaller {
  /** Undefined where no API is called so. Throws `DomainError` where the caller may not, or too much is under way. */
  call(caller: Identity, incoming: IncomingCall): Promise<ApiAnswer | undefined>
  /** One that was found by other means, for a caller who may: through an MCP server. Undefined where it is gone. */
  callKnown(ctx: Context, apiId: string, incoming: IncomingCall & Pick<ApiRequest, 'pathParams'>): Promise<ApiOutcome | undefined>
  /** Writes down what was not written yet. */
  close(): Promise<void>
}

/** What a call asks of the caller: a token for the API, or one that may invoke what there is. */
const operation: Operation = {
  method: 'POST',
  path: '/v1/apis/:_id/request',
  tag: 'apis',
  summary: 'Call an API',
  access: 'manage',
  extent: 'environment',
  status: 200,
  errors: [],
}

export function createApiCaller(world: World): ApiCaller {
  const findAddress = createFindAddress(world)
  const log = new CallLog(world)
  const callKnown: ApiCaller['callKnown'] = async (ctx, apiId, { path, ...request }) => {
    const { accountId, envId, userId } = ctx.caller
    const callId = world.newId()
    const at = world.now().toISOString()
    const begun = performance.now()
    const outcome = await withCallLimit(ctx, () => world.applications.callApi(world, { envId, accountId, apiId, callId, request }))
    if (!outcome) return undefined
    const ms = Math.round((performance.now() - begun) * 10) / 10
    log.add({ envId, apiId, callId, userId, at, path, method: request.method, ms }, outcome)
    return outcome
  }
  return {
    callKnown,
    async call(caller, incoming) {
      const found = await findApi(world, findAddress, caller, incoming.method, incoming.path)
      if (!found) return undefined
      const { apiId, pathParams } = found
      const ctx: Context = { ...world, store: world.storeOf(caller.accountId), caller, strict: false }
      await checkAccess(ctx, operation, { _id: apiId })
      return (await callKnown(ctx, apiId, { ...incoming, pathParams }))?.answer
    },
    close: () => log.flush(),
  }
}

type FindAddress = ReturnType<typeof createFindAddress>

async function findApi({ storeOf }: World, findAddress: FindAddress, { accountId, envId }: Identity, method: string, path: string) {
  const [, named] = /^\/v1\/apis\/([^/]+)\/request\/?$/i.exec(path) ?? []
  if (named === undefined) return findAddress(envId, method, path.replace(/^\/apis(?=\/)/i, ''))
  const apiId = named.toLowerCase()
  if (!isId(apiId)) return undefined
  const doc = (await storeOf(accountId).documents.find(envId, 'apis', apiId))?.doc
  // Those of steps have an address of their own.
  if (!doc || doc.type === 'builder') return undefined
  if (doc.disabled === true) throw new DomainError('unknown_route', `The API ${doc.name ?? apiId} is disabled: it answers no calls.`)
  return { apiId, pathParams: {} }
}
