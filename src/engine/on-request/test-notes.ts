/** Gathers what the stages of a test run made of its records, by step: masked, and no more of a step than its bound. */
import type { TestedStage } from '../../domain/ports/applications.ts'
import type { Redact } from '../../domain/redaction/masker.ts'
import type { Exchange } from '../exchange.ts'
import type { Note, NoteTaker, RecordedStep, Subject } from '../recording/recorder.ts'
import { maskText, tellExchange, tellValue } from '../recording/tell-exchange.ts'
import { redactFailure } from '../run/redact-failure.ts'

/** Of what is told of one step, and of a run. Bytes of JSON. */
const most = { step: 1024 * 1024, run: 10 * 1024 * 1024 } as const
/** What is left of a step that has reached its bound is told in so many characters: where it ends has to be seen. */
const leastOfOne = 100

/** Stages of test runs go by other names than those of live ones. */
const names: Readonly<Record<string, string>> = {
  apiCall: 'parse',
  transformation: 'transformTwoDotZero',
  responseMapping: 'responseMap',
  routing: 'router',
}

interface Told {
  readonly stages: Map<string, { input: unknown[]; output: unknown[]; errors: TestedStage['errors'] }>
  left: number
  truncated: boolean
}

export class TestNotes implements NoteTaker {
  readonly #redact: () => Redact
  readonly #steps = new Map<RecordedStep, Told>()
  #left: number = most.run

  /** What the secrets are is known when the first note comes. */
  constructor(redact: () => Redact) {
    this.#redact = redact
  }

  isOn(): boolean {
    return true
  }

  note(step: RecordedStep, { stage, subject, input, output, errors }: Note): void {
    const told = this.#of(step)
    const name = stage === 'apiCall' && errors.length > 0 && told.stages.has('response') ? 'response' : (names[stage] ?? stage)
    const at = this.#stage(told, name)
    // Where all went well, what was answered is in the stage before.
    if (name !== 'response') {
      this.#add(told, at.input, subject ? [input] : input)
      this.#add(told, at.output, subject ? [output] : output)
    }
    for (const failure of errors) {
      const { source, code, message } = redactFailure(failure, this.#redact())
      at.errors.push({ source, code, message, ...describe(subject) })
    }
  }

  exchanged(step: RecordedStep, _subjects: readonly Subject[], exchange: Exchange): void {
    const told = this.#of(step)
    const { request, response, error } = tellExchange(exchange, this.#redact())
    this.#add(told, this.#stage(told, 'request').output, [request])
    if (response) this.#add(told, this.#stage(told, 'response').output, [response])
    if (error) this.#stage(told, 'response').errors.push({ source: 'connection', ...error })
  }

  stagesOf(step: RecordedStep): { readonly stages: TestedStage[]; readonly truncated: boolean } {
    const told = this.#steps.get(step)
    const stages = [...(told?.stages ?? [])].map(([name, { input, output, errors }]): TestedStage => ({ name, input, output, errors }))
    return { stages, truncated: told?.truncated ?? false }
  }

  #of(step: RecordedStep): Told {
    const known = this.#steps.get(step)
    if (known) return known
    const fresh: Told = { stages: new Map(), left: most.step, truncated: false }
    this.#steps.set(step, fresh)
    return fresh
  }

  #stage({ stages }: Told, name: string) {
    const known = stages.get(name)
    if (known) return known
    const fresh = { input: [], output: [], errors: [] as TestedStage['errors'] }
    stages.set(name, fresh)
    return fresh
  }

  #add(told: Told, list: unknown[], values: unknown): void {
    if (values === undefined) return
    for (const value of Array.isArray(values) ? (values as unknown[]) : [values]) {
      const left = Math.min(told.left, this.#left)
      if (left < leastOfOne) {
        told.truncated = true
        return
      }
      const text = JSON.stringify(value ?? null)
      const masked = maskText(text, this.#redact(), left)
      if (text.length > left) told.truncated = true
      const bytes = Buffer.byteLength(masked)
      told.left -= bytes
      this.#left -= bytes
      list.push(value === undefined ? null : tellValue(masked))
    }
  }
}

const describe = (subject: Subject | undefined): Pick<TestedStage['errors'][number], 'oIndex' | 'traceKey'> =>
  subject ? { oIndex: subject.index, ...(subject.traceKey !== undefined && { traceKey: subject.traceKey }) } : {}
