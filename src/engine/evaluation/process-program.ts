/** The program of a process that evaluates: compiles stages, keeps them, and evaluates one page at a time. It holds no connection and no file, and is ended from outside where it takes too long. */
import { parseExact } from '../../domain/limits/exact-number.ts'
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { StepFailure, type ErrorSource, type Failure } from '../adaptor.ts'
import { createAnswers, type LookupAnswers } from '../mapping/value-lookups.ts'
import { bytesPerCharacter, keptBytes, largestLine, largestResult, lineLength, reportMs } from './bounds.ts'
import { lineReader, type Asked, type Known, type Letter, type WhatIsAsked } from './line-protocol.ts'
import { unpackParents } from './pack-parents.ts'
import { compileStage, type EvaluateOne, type Kind } from './stage.ts'

interface Compiled {
  readonly kind: Kind
  readonly source: ErrorSource
  readonly evaluate: EvaluateOne
}

const kept = new Map<string, { readonly compiled: Compiled; readonly bytes: number }>()
let bytes = 0

/** Written at once: what is said before the process is ended has arrived. */
function say(letter: Letter, json = ''): void {
  const line = Buffer.from(`${letter}${json}\n`)
  for (let at = 0; at < line.length;) {
    try {
      at += writeSync(1, line, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      // The pipe is full: the server reads on in a moment.
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Undefined where it is not here any more and did not come along. */
function stageOf({ key, stage }: Asked): Compiled | undefined {
  const found = kept.get(key)
  if (found) {
    // The last one asked for is the last one to go.
    kept.delete(key)
    kept.set(key, found)
    return found.compiled
  }
  if (stage === undefined) return undefined
  const { kind, source } = stage
  const compiled = { kind, source, evaluate: compileStage(stage) }
  const size = JSON.stringify(stage).length * bytesPerCharacter
  bytes += size
  kept.set(key, { compiled, bytes: size })
  for (const [oldest, each] of kept) {
    if (bytes <= keptBytes || oldest === key) break
    kept.delete(oldest)
    bytes -= each.bytes
  }
  return compiled
}

function carryOut(asked: Asked): void {
  const compiled = stageOf(asked)
  if (!compiled) return say('N')
  say('C')
  const answers = answersOf(asked.known)
  let made: string[] = []
  let length = 0
  let since = performance.now()
  const report = (): void => {
    if (made.length > 0) say('R', `[${made.join()}]`)
    made = []
    length = 0
    since = performance.now()
  }
  for (const input of unpackParents(asked)) {
    const result = resultOf(compiled, input, answers)
    made.push(result)
    length += result.length
    if (asked.oneByOne || length > lineLength || performance.now() - since > reportMs) report()
  }
  report()
  say('D', JSON.stringify([...answers.asked].map(([cacheId, keys]) => [cacheId, [...keys]]) satisfies WhatIsAsked))
}

/** In a list of its own, so that it is told apart from `stopped`; null where an answer of a lookup cache is missing. */
function resultOf({ kind, source, evaluate }: Compiled, input: unknown, answers: LookupAnswers): string {
  const value = evaluate(input, answers)
  if (value === undefined) return 'null'
  const text = JSON.stringify([value])
  return text.length <= largestResult ? text : JSON.stringify({ stopped: tooLarge(kind, source) })
}

const tooLarge = (kind: Kind, source: ErrorSource): Failure => ({
  source,
  code: 'result_too_large',
  message: `What the ${kind} makes of this record is larger than ${largestResult / 1_000_000} MB.`,
})

function answersOf(known: Known): LookupAnswers {
  const answers = createAnswers()
  for (const [cacheId, key, found] of known) {
    const ofCache = answers.known.get(cacheId) ?? new Map<string, unknown>()
    answers.known.set(cacheId, ofCache.set(key, found?.[0]))
  }
  return answers
}

function take(line: string): void {
  try {
    carryOut(parseExact(line) as Asked)
  } catch (error) {
    if (error instanceof StepFailure) say('F', JSON.stringify(error.failure))
    else say('B', JSON.stringify(error instanceof Error ? (error.stack ?? error.message) : String(error)))
  }
}

process.stdin.on('data', lineReader(largestLine * 4, take)).on('end', () => process.exit(0))
// The server has gone, or wants no more of it.
process.stdin.on('error', () => process.exit(0))
say('D', '[]')
// By itself Node writes its cache at an orderly end, and such a process is killed.
flushCompileCache()
