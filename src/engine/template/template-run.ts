/** What one rendering may spend, and what its helpers may ask of it. Rendering is synchronous, so one is under way at a time and this file holds it. */

export class TemplateError extends Error {}

/** How `{{ }}` writes a value, by what the text is; `{{{ }}}` always writes it as it is. `uri` is for forms, too. */
export type Escaping = 'raw' | 'uri' | 'json' | 'sql' | 'xml' | 'csv'

/** Where an expression stands, by the text before it: within a CDATA section of XML, or within the quotes of a CSV cell. */
export interface Place {
  readonly inCdata: boolean
  readonly inQuotes: boolean
}

export interface RenderOptions {
  /** A missing value is an error instead of nothing (`strictHandlebarEvaluation`). */
  readonly strict?: boolean
  /** Answers `{{lookup "name" value}}`. */
  readonly lookup?: (name: string, value: unknown) => unknown
  /** Takes each value as it is, and answers what stands for it in the text: SQL has its values beside it (template/statement.ts). */
  readonly bind?: (value: unknown, name: string, isRaw: boolean) => string
}

/** Characters that come out: the largest page is 5 MB, and no request body is larger. */
export const largestOutput = 5_000_000
/** Turns of all loops of one rendering: a page of 1,000 records with 100 lines each. */
const maxTurns = 100_000
/** Milliseconds of the processor: a template is rendered once a record, so a second is a mistake. Looked at every 256 turns, and before each helper. */
const maxRun = 1_000

interface Rendering {
  readonly escaping: Escaping
  readonly options: RenderOptions
  readonly root: unknown
  /** By the clock; what a busy machine kept from it is given to it then. */
  deadline: number
  /** What this thread had had of a processor when it was first looked at. */
  had: NodeJS.CpuUsage | undefined
  turns: number
  characters: number
}

let current: Rendering | undefined

export function rendering(): Rendering {
  if (!current) throw new TemplateError('No template is being rendered.')
  return current
}

export function renderWithin<T>(escaping: Escaping, options: RenderOptions, root: unknown, run: () => T): T {
  const outer = current
  current = { escaping, options, root, deadline: performance.now() + maxRun, had: undefined, turns: 0, characters: 0 }
  try {
    return run()
  } finally {
    current = outer
  }
}

/** Called for every turn of a loop, with what the turn wrote. */
export function spendTurn(written: number): void {
  const run = rendering()
  run.turns++
  if (run.turns > maxTurns) throw new TemplateError(`The template loops more than ${maxTurns} times.`)
  if (run.turns % 256 === 0) checkTime()
  spendCharacters(written)
}

export function checkTime(): void {
  const run = rendering()
  run.had ??= process.threadCpuUsage()
  const now = performance.now()
  if (now <= run.deadline) return
  const { user, system } = process.threadCpuUsage(run.had)
  const spent = (user + system) / 1000
  if (spent >= maxRun) throw new TemplateError(`The template runs for more than ${maxRun} ms.`)
  run.deadline = now + maxRun - spent
}

/** Counts text again for every loop around it, which is what building it costs. */
export function spendCharacters(written: number): void {
  const run = rendering()
  run.characters += written
  if (run.characters > 2 * largestOutput) throw tooLarge()
}

export const tooLarge = (): TemplateError => new TemplateError(`The template writes more than ${largestOutput / 1_000_000} MB.`)
