/** Tools as they are called: by a step of a run, and by whoever waits for the answer. */
import type { Context, World } from '../../domain/context.ts'
import type { ToolOutcome, ToolRequest } from '../../domain/ports/applications.ts'
import { StepFailure } from '../adaptor.ts'
import type { LoadTool } from '../adaptors/tool/import.ts'
import type { Engine } from '../plan/engine.ts'
import { loadTool } from './load-tool.ts'

const ofAccount = (world: World, accountId: string): World => ({ ...world, store: world.storeOf(accountId) })

/** For steps: once a run, and any number of calls. The world is known later than the adaptors are. */
export const createLoadTool =
  (world: () => World): LoadTool =>
  async (parts, within, toolId, connections) => {
    const own = ofAccount(world(), within.accountId)
    const tool = await loadTool({ ...parts, world: own }, within.envId, toolId, { within, connections })
    return { call: (input) => tool.call(input, { callId: within.jobId ?? own.newId(), signal: within.signal }) }
  }

/** For callers: whatever becomes of it is an answer. */
export const createCallTool =
  (parts: Pick<Engine, 'adaptors' | 'evaluator'>) =>
  async (ctx: Context, { toolId, connections, input, signal }: ToolRequest): Promise<ToolOutcome> => {
    try {
      const tool = await loadTool({ ...parts, world: ctx }, ctx.caller.envId, toolId, { connections: new Map(connections) })
      return await tool.call(input, { callId: ctx.newId(), signal })
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error
      const { failure, stepId } = error
      return { failures: [{ ...failure, ...(stepId !== undefined && { stepId }) }] }
    }
  }
