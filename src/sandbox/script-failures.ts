/** From what a process reports to what the owner of the script reads, and to the values that its callers get. */
import type { ScriptAnswer, ScriptCall } from '../domain/ports/scripts.ts'
import { isDeeper } from '../domain/limits/parse-json.ts'
import { ScriptFailure, type ScriptFault } from '../domain/scripts/script-failure.ts'
import * as bounds from './bounds.ts'
import type { Report } from './process.ts'

type Named = Pick<ScriptCall, 'script' | 'function'>

/** Where the stack of an error names the script. It goes into a pattern, and into messages of V8 as it is. */
export const fileNameOf = ({ script }: Named): string => script.name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '_')

export function boundFailure(call: Named, bound: NonNullable<ScriptFault['bound']>, says: string): ScriptFailure {
  const message = `The function ${call.function} of the script ${call.script.name} ${says}.`
  return new ScriptFailure({ message, script: call.script.name, function: call.function, bound })
}

const tooDeep = (call: Named): ScriptFailure => boundFailure(call, 'depth', `returned a value nested deeper than ${bounds.maxDepth} levels`)

/** Nothing ran. */
export const missingFunction = (call: Named, message: string, bound?: ScriptFault['bound']): ScriptFailure =>
  new ScriptFailure({ message, script: call.script.name, function: call.function, isAbsent: true, ...(bound && { bound }) })

function thrownFailure(call: Named, message: string, stack: string): ScriptFailure {
  const file = fileNameOf(call)
  const frames = stack.split('\n').filter((line) => line.includes(`${file}:`))
  const place = /:(\d+)(?::\d+)?[)\]]?$/.exec((frames.find((line) => line.trimStart().startsWith('at ')) ?? frames[0] ?? '').trimEnd())?.[1]
  return new ScriptFailure({
    message: message.replace(/ \[[^[\]]*:\d+:\d+\]$/, ''),
    script: call.script.name,
    function: call.function,
    ...(place && { line: Number(place) }),
    ...(frames.length > 0 && { trace: frames.map((line) => line.trim()).join('\n') }),
  })
}

/** The text after the sign of what was returned. Throws where the call did not come to that. */
export function readReport(call: Named, report: Report, { runMs, totalMs }: { runMs: number; totalMs: number }): string {
  if (report.kind === 'time') throw boundFailure(call, 'time', `ran longer than ${runMs / 1000} s and was ended`)
  if (report.kind === 'total')
    throw boundFailure(call, 'time', `took longer than ${totalMs / 1000} s with what it waited for, and was ended`)
  if (report.kind === 'memory') throw boundFailure(call, 'memory', `needed more than ${bounds.isolateMB} MB of memory and was ended`)
  if (report.kind === 'gone') throw boundFailure(call, 'memory', 'ended the process that it ran in, as too much memory does')
  if (report.kind === 'broken') throw thrownFailure(call, report.message, `${report.stack}\n${report.message}`)
  const { text } = report as Extract<Report, { kind: 'answer' }>
  if (text.startsWith('?')) {
    throw missingFunction(call, `The script ${call.script.name} has no function ${call.function}.`)
  }
  if (text.startsWith('>'))
    throw boundFailure(call, 'result', `returned more than ${bounds.maxResult / 1024 / 1024} MB or ${bounds.maxValues} values`)
  if (text.startsWith('-')) throw thrownIn(call, text.slice(1))
  if (!text.startsWith('=')) throw boundFailure(call, 'result', 'returned nothing that can be read')
  return text.slice(1)
}

export function parseValue(call: Named, json: string): unknown {
  if (json === '') return undefined
  refuseDeep(call, json, 0)
  const value = parsed(call, json)
  if (isDeep(value)) throw tooDeep(call)
  return value
}

export function parseValues(call: Named, json: string, count: number): readonly ScriptAnswer[] {
  // Within the list, and beside each value's name.
  refuseDeep(call, json, 2)
  const answers = parsed(call, json)
  if (!Array.isArray(answers) || answers.length !== count) throw boundFailure(call, 'result', 'returned nothing that can be read')
  return answers.map((answer: { value?: unknown; error?: { message?: unknown; stack?: unknown } }): ScriptAnswer => {
    if (answer.error) return { failure: thrownFailure(call, String(answer.error.message), String(answer.error.stack)) }
    if (isDeep(answer.value)) return { failure: tooDeep(call) }
    return { value: answer.value }
  })
}

function thrownIn(call: Named, json: string): ScriptFailure {
  const { message, stack } = parsed(call, json) as { message?: unknown; stack?: unknown }
  return thrownFailure(call, String(message), String(stack))
}

/** Before it is parsed: millions of levels fit into a result, and its process says what it wants. */
function refuseDeep(call: Named, json: string, around: number): void {
  if (isDeeper(json, bounds.maxDepth + around + 1)) throw tooDeep(call)
}

function parsed(call: Named, json: string): unknown {
  try {
    return JSON.parse(json) as unknown
  } catch {
    throw boundFailure(call, 'result', 'returned nothing that can be read')
  }
}

/** Goes no deeper than the bound. Most of what a page costs here is how this is written: a list of each level's values took four times as long. */
function isDeep(value: unknown, left = bounds.maxDepth): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (left < 0) return true
  if (Array.isArray(value)) {
    for (const each of value as unknown[]) if (typeof each === 'object' && isDeep(each, left - 1)) return true
  } else {
    for (const key in value) {
      const each = (value as Record<string, unknown>)[key]
      if (typeof each === 'object' && isDeep(each, left - 1)) return true
    }
  }
  return false
}
