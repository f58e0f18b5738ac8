/** A test of a tool: a mock input goes its way, and what each stage made of it is answered. It leaves nothing behind: no error; imports send nothing and functions change nothing unless they are asked to. */
import type { Context } from '../../domain/context.ts'
import type { ToolTestCall, ToolTestRun } from '../../domain/ports/applications.ts'
import { StepFailure } from '../adaptor.ts'
import { loadTool, type ToolResult } from '../graph/load-tool.ts'
import type { PageResult } from '../plan/plan.ts'
import { maskText, tellValue } from '../recording/tell-exchange.ts'
import { describeUse, openGraphTest, totalMs } from './graph-tests.ts'
import type { Parts } from './single-step.ts'

/** Of the output that is told. Characters. */
const longest = 1024 * 1024

export async function testTool(parts: Parts, ctx: Context, call: ToolTestCall): Promise<ToolTestRun> {
  const test = openGraphTest(parts, ctx, call)
  let pageResult: PageResult | undefined
  try {
    const tool = await loadTool(test.engine, ctx.caller.envId, call.toolId, test.options)
    const told = (found: PageResult): void => void (pageResult = found)
    const result = await tool.call(call.input, { callId: test.jobId, signal: AbortSignal.timeout(totalMs), told })
    return buildAnswer(test, call, result, pageResult)
  } catch (error) {
    if (error instanceof StepFailure) return buildAnswer(test, call, { failures: [error.failure] }, undefined)
    throw error
  }
}

function buildAnswer(
  test: ReturnType<typeof openGraphTest>,
  { toolId, sendsImports, scriptsWrite }: ToolTestCall,
  result: ToolResult,
  pageResult: PageResult | undefined,
): ToolTestRun {
  const times = test.times()
  const failures = 'failures' in result ? result.failures.filter(({ stepId }) => stepId === undefined) : []
  return {
    metadata: { _toolId: toolId, importsSent: sendsImports, scriptsWrote: scriptsWrite, ...times },
    flowJob: {
      _id: test.jobId,
      type: 'tool',
      _toolId: toolId,
      status: 'output' in result ? 'completed' : 'failed',
      ...times,
      ...test.tellCall(toolId, pageResult, failures),
    },
    childJobs: test.tellSteps(pageResult).map(({ step, told, ...use }) => ({
      ...(step.kind === 'input' || step.kind === 'output' ? { type: step.kind } : describeUse(step)),
      ...use,
      _toolId: toolId,
      ...told,
    })),
    ...('output' in result && { output: tellValue(maskText(JSON.stringify(result.output ?? null), test.redact, longest)) }),
  }
}
