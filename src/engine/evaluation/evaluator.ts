/**
 * Evaluates what users write over records: in the server where it is sure to be cheap, else in a process that can be ended. Whoever asks does not see which.
 * A record that takes too long, or too much memory, is stopped by itself; the others of its page go on.
 */
import { hash } from 'node:crypto'
import type { Log } from '../../domain/context.ts'
import { StepFailure, type Failure } from '../adaptor.ts'
import { fetchAnswers, createAnswers, type LookupAnswers, type LookupCaches } from '../mapping/value-lookups.ts'
import { maxRounds } from '../mapping/mapper.ts'
import { atOnce, cheapWork, heapMegabytes, pageMs, recordMs } from './bounds.ts'
import { estimateWeight, isQuicklyRead, measureSize } from './is-cheap.ts'
import type { Known } from './line-protocol.ts'
import { packParents } from './pack-parents.ts'
import { Queue } from './queue.ts'
import { compileStage, names, type EvaluateOne, type InputOf, type Kind, type ResultOf, type Stage, type StageOf } from './stage.ts'

export type Evaluated<R> = { readonly value: R } | { readonly stopped: Failure }

interface Evaluation<K extends Kind> {
  /** Rejects with `StepFailure` where the stage can never work. */
  readonly ready: Promise<void>
  /** One a record, in order. Throws `StepFailure` where the stage cannot work, or nobody could be asked. */
  all(inputs: readonly InputOf<K>[]): Promise<readonly Evaluated<ResultOf<K>>[]>
  /** The same for one; those that are asked for at the same time go together. */
  one(input: InputOf<K>): Promise<Evaluated<ResultOf<K>>>
}

export interface Evaluator {
  /** The stage is of this account: accounts take turns. */
  stage<K extends Kind>(accountId: string, stage: StageOf<K>, caches?: LookupCaches): Evaluation<K>
  /** Process ids, for those who watch. */
  readonly pids: readonly number[]
  close(): void
}

/** No process is started before something needs one. */
export function openEvaluator(log: Log): Evaluator {
  const queue = new Queue(log)
  return {
    stage: (accountId, stage, caches) => new StageEvaluation(queue, accountId, stage as Stage, caches) as unknown as Evaluation<never>,
    get pids() {
      return queue.pids
    },
    close: () => queue.close(),
  }
}

/** For one account: what the steps of a run or of a request evaluate with. */
export type Evaluate = <K extends Kind>(stage: StageOf<K>, caches?: LookupCaches) => Evaluation<K>

type Result = Evaluated<unknown> | undefined

class StageEvaluation {
  readonly ready: Promise<void>
  readonly #queue: Queue
  readonly #accountId: string
  readonly #stage: Stage
  readonly #caches: LookupCaches | undefined
  readonly #weight: number
  #key: string | undefined
  #here: EvaluateOne | undefined
  #together: {
    readonly input: unknown
    readonly resolve: (value: Evaluated<unknown>) => void
    readonly reject: (error: unknown) => void
  }[] = []

  constructor(queue: Queue, accountId: string, stage: Stage, caches: LookupCaches | undefined) {
    this.#queue = queue
    this.#accountId = accountId
    this.#stage = stage
    this.#caches = caches
    this.#weight = estimateWeight(stage)
    this.ready = this.#prepare()
    // Whoever evaluates is told; nobody need wait for it before.
    this.ready.catch(() => undefined)
  }

  async #prepare(): Promise<void> {
    if (this.#weight <= cheapWork) this.#here = compileStage(this.#stage)
    // Throws where it can never work; who evaluates it reads it once more.
    else if (isQuicklyRead(this.#stage)) compileStage(this.#stage)
    else await this.#elsewhere([], createAnswers())
  }

  async all(inputs: readonly unknown[]): Promise<readonly Evaluated<unknown>[]> {
    await this.ready
    const here = this.#here && this.#weight * measureSize(inputs, cheapWork / this.#weight) <= cheapWork ? this.#here : undefined
    const { source } = this.#stage
    const answers = createAnswers()
    const results: Result[] = Array.from({ length: inputs.length })
    for (let round = 0; round < maxRounds; round++) {
      const pending = [...results.keys()].filter((i) => results[i] === undefined)
      const asked = pending.map((i) => inputs[i])
      const made = here ? asked.map((input) => wrapped(here(input, answers))) : await this.#elsewhere(asked, answers)
      for (const [position, i] of pending.entries()) results[i] = made[position]
      if (answers.asked.size === 0) return results as Evaluated<unknown>[]
      await fetchAnswers(answers, this.#caches, source)
    }
    throw tooManyRounds(source)
  }

  one(input: unknown): Promise<Evaluated<unknown>> {
    return new Promise((resolve, reject) => {
      // After everything that is ready to run now: records of a page get here one by one, in the same moment.
      if (this.#together.push({ input, resolve, reject }) === 1) process.nextTick(() => void this.#askTogether())
    })
  }

  async #askTogether(): Promise<void> {
    const together = this.#together
    this.#together = []
    try {
      const results = await this.all(together.map(({ input }) => input))
      for (const [i, { resolve }] of together.entries()) resolve(results[i] as Evaluated<unknown>)
    } catch (error) {
      for (const { reject } of together) reject(error)
    }
  }

  /** In a process; in another one after each record that was stopped. */
  async #elsewhere(inputs: readonly unknown[], answers: LookupAnswers): Promise<Result[]> {
    const key = (this.#key ??= hash('sha256', JSON.stringify(this.#stage)))
    const made: Result[] = []
    const known = knownIn(answers)
    const light = packParents(inputs).inputs
    let spentMs = 0
    let oneByOne = false
    do {
      const packed = packParents(inputs.slice(made.length, made.length + fitting(light, made.length)))
      const page = { key, stage: this.#stage, ...packed, known, mostMs: pageMs - spentMs, oneByOne }
      const turn = await this.#queue.run(this.#accountId, page)
      if (turn === 'full' || turn === 'late') throw new StepFailure(this.#failure('evaluation_busy', busy[turn]))
      for (const result of turn.results)
        made.push(Array.isArray(result) ? { value: result[0] as unknown } : ((result ?? undefined) as Result))
      if (turn.end === 'failed') throw new StepFailure(turn.failure)
      if (turn.end === 'broken') throw new Error(turn.message)
      for (const [cacheId, keys] of turn.asked) answers.asked.set(cacheId, new Set([...(answers.asked.get(cacheId) ?? []), ...keys]))
      if (turn.end === 'stopped' && !turn.isCompiled)
        throw new StepFailure(this.#failure('evaluation_stopped', `${reasons[turn.why]} to read`))
      // Results are told several at a time: which record it was is known where they come one by one.
      const isKnown = oneByOne || packed.inputs.length === 1
      oneByOne = turn.end === 'stopped'
      if (turn.end === 'stopped' && isKnown)
        made.push({ stopped: this.#failure('evaluation_stopped', `${reasons[turn.why]} for this record`) })
      spentMs += turn.tookMs
    } while (made.length < inputs.length && spentMs < pageMs)
    while (made.length < inputs.length) made.push({ stopped: this.#failure('evaluation_stopped', late) })
    return made
  }

  #failure(code: string, end: string): Failure {
    return { source: this.#stage.source, code, message: `${names[this.#stage.kind]} ${end}.` }
  }
}

/** How many inputs from one on go over at once: writing them as JSON must not hold up the server, and one goes in any case. */
function fitting(inputs: readonly unknown[], from: number): number {
  let size = 0
  for (let count = 0; from + count < inputs.length; count++) {
    size += measureSize([inputs[from + count]], atOnce)
    if (size > atOnce && count > 0) return count
  }
  return inputs.length - from
}

const reasons = {
  time: `took longer than ${recordMs / 1000} s`,
  gone: `needed more than ${heapMegabytes} MB of memory`,
} as const
const late = `was not tried on this record: those before it took longer than ${pageMs / 1000} s`
const busy = {
  full: 'was not tried: too much of this account waits already',
  late: 'was not tried: no process was free in time',
} as const

const wrapped = (value: unknown): Result => (value === undefined ? undefined : { value })

const knownIn = ({ known }: LookupAnswers): Known =>
  [...known].flatMap(([cacheId, values]) =>
    [...values].map(([key, value]) => (value === undefined ? ([cacheId, key] as const) : ([cacheId, key, [value]] as const))),
  )

const tooManyRounds = (source: Failure['source']): StepFailure =>
  new StepFailure({ source, code: 'invalid_lookup', message: `Lookups depend on each other more than ${maxRounds - 1} times.` })
