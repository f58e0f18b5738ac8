/** Calls APIs: what was loaded of one serves the calls of a moment, and what went wrong in a call is kept as errors before it is answered. */
import { boundedMemory } from '../../domain/limits/bounded-memory.ts'
import type { World } from '../../domain/context.ts'
import type { ApiAnswer, ApiCall, ApiOutcome, ApiRequest } from '../../domain/ports/apis/api-calls.ts'
import { redactNothing, type Redact } from '../../domain/redaction/masker.ts'
import { StepFailure } from '../adaptor.ts'
import type { Engine } from '../plan/engine.ts'
import type { PageError } from '../plan/plan.ts'
import { createReader } from '../plan/read-documents.ts'
import { tellExchange } from '../recording/tell-exchange.ts'
import { sealRequests } from '../run/failed-requests.ts'
import { openPageResult } from '../run/page-result.ts'
import { redactFailure } from '../run/redact-failure.ts'
import type { Answered, LoadedApi } from './answering.ts'
import { loadApi } from './load-api.ts'
import { makeErrorAnswer } from './make-answer.ts'

/** How long calls go by what was loaded: a change shows in a moment, and not every call reads and compiles. Milliseconds. */
const keptMs = 1000
/** APIs that are kept. Each holds its documents and what was compiled of them. */
const mostKept = 500
/** Of one call, whatever it waits for. Milliseconds. */
const longestCallMs = 120_000

type Parts = Pick<Engine, 'adaptors' | 'evaluator'> & {
  /** How long a call may take, for tests. Milliseconds. */
  readonly callMs?: number
}

/** Undefined where the API is gone. */
type CallApi = (world: World, call: ApiCall) => Promise<ApiOutcome | undefined>

export function createCallApi({ callMs = longestCallMs, ...parts }: Parts): CallApi {
  const kept = new WeakMap<World, (key: string) => Promise<LoadedApi | undefined>>()
  const load = (world: World): ((key: string) => Promise<LoadedApi | undefined>) => {
    const known = kept.get(world)
    if (known) return known
    const made = boundedMemory(keptMs, mostKept, async (key) => {
      const [accountId = '', envId = '', apiId = ''] = key.split('/')
      const own = { ...world, store: world.storeOf(accountId) }
      const doc = await createReader(own, envId)('apis', apiId)
      return doc && loadApi({ ...parts, world: own }, envId, doc)
    })
    kept.set(world, made)
    return made
  }
  return async (world, call) => {
    const { accountId, envId, apiId, callId, request } = call
    let redact: Redact = redactNothing
    let answered: Answered
    try {
      const api = await load(world)([accountId, envId, apiId].join('/'))
      if (!api) return undefined
      redact = api.redact
      answered = await api.answer(request, { callId, signal: AbortSignal.timeout(callMs) })
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error
      answered = neverWorks(world, apiId, callId, error)
    }
    const { answer, hasSucceeded, errors } = answered
    if (errors.length > 0) await keepErrors(world, call, errors)
    const told = errors.map(({ stepId, source, code, message }) => ({ stepId, source, code, message }))
    return { answer, hasSucceeded, errors: told, tell: tellLater(request, answer, redact) }
  }
}

/** Characters of a body in the log of calls: many calls are kept. */
const longest = 4096

/** What is cut off is not held on to. */
function tellLater({ method, headers, query, body }: ApiRequest, answer: ApiAnswer, redact: Redact): ApiOutcome['tell'] {
  const asked = Buffer.from(body.subarray(0, longest * 2))
  const answered = Buffer.from(answer.body.slice(0, longest * 2))
  const said = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => [value].flat().map((each) => [name, each])) as [string, string][],
  )
  return (path) =>
    tellExchange(
      {
        request: { method, url: said.size > 0 ? `${path}?${said.toString()}` : path, headers, body: asked },
        result: { kind: 'answer', statusCode: answer.statusCode, headers: answer.headers, body: answered },
        at: 0,
        ms: 0,
      },
      redact,
      longest,
    )
}

function neverWorks(world: World, apiId: string, callId: string, { failure, stepId = apiId, exchange }: StepFailure): Answered {
  const pageResult = openPageResult(world, callId, false, redactNothing)
  pageResult.failStep(stepId, redactFailure(failure, redactNothing), exchange)
  const { counts, errors } = pageResult
  return { answer: makeErrorAnswer(500, errors), hasSucceeded: false, counts, errors }
}

async function keepErrors(world: World, { accountId, envId, apiId }: ApiCall, errors: readonly PageError[]): Promise<void> {
  await world.storeOf(accountId).transaction(async (rows) => {
    await rows.flowErrors.add(envId, apiId, errors)
    await rows.recordedRequests.add(envId, apiId, sealRequests(world, envId, apiId, errors))
  })
}
