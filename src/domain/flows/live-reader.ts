/** One who follows an environment: what is yet to be told to them, the newest of each thing, and until when they may be told. */
import { heartbeatSeconds } from '../../contract/operations/flows/events.ts'
import type { Identity } from '../ports/accounts.ts'
import type { Key } from '../ports/document.ts'

/** Things that wait for a reader who is slow, the newest state of each; past that they are told to read anew. Some 600 bytes each. */
const maxPending = 2000

export interface ReaderTerms {
  /** Who they are by now; undefined where the session, the token or what it stands on is over. */
  readonly renew: () => Promise<Identity | undefined>
  /** The integrations that they see; undefined for all. */
  readonly visibleTo: (caller: Identity) => ReadonlySet<string> | undefined
  /** Those of these documents that they see. */
  readonly keepVisible: (caller: Identity, keys: readonly Key[]) => Promise<readonly Key[]>
  readonly caller: Identity
  /** Flows of whose runs the steps are told. */
  readonly steps: ReadonlySet<string>
}

export class LiveReader {
  readonly steps: ReadonlySet<string>
  readonly #terms: ReaderTerms
  readonly #pending = new Map<string, string>()
  #caller: Identity
  #visible: ReadonlySet<string> | undefined
  #wake: (() => void) | undefined
  #isOver = false
  /** Where somebody who comes back goes on. */
  #id = 0

  constructor(terms: ReaderTerms) {
    this.#terms = terms
    this.#caller = terms.caller
    this.#visible = terms.visibleTo(terms.caller)
    this.steps = terms.steps
  }

  sees(integrationId: string | undefined): boolean {
    return this.#visible === undefined || (integrationId !== undefined && this.#visible.has(integrationId))
  }

  /** Those of these documents that are told to them. */
  keepVisible(keys: readonly Key[]): Promise<readonly Key[]> {
    return this.#terms.keepVisible(this.#caller, keys)
  }

  /** `key` names what it is about: of that, only the newest is told. */
  put(key: string, event: string): void {
    if (this.#pending.size >= maxPending && !this.#pending.has(key)) return this.resync()
    if (!this.#pending.has('resync')) this.#pending.set(key, event)
  }

  resync(): void {
    this.#pending.clear()
    this.#pending.set('resync', toEvent('resync', {}))
  }

  /** What was put until now is all until that time. */
  mark(id: number): void {
    this.#id = Math.max(this.#id, id)
    if (this.#pending.size > 0) this.#wake?.()
  }

  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  /** Each piece whole events. Ends with the reader. */
  async *read(): AsyncGenerator<string> {
    yield `${toEvent('ready', {})}id: ${this.#id}\n\n`
    for (;;) {
      if (this.#pending.size === 0) await this.#wait()
      if (this.#isOver) return
      const caller = await this.#terms.renew().catch(() => undefined)
      if (!caller) return
      this.#caller = caller
      this.#visible = this.#terms.visibleTo(caller)
      const told = [...this.#pending.values()].join('')
      this.#pending.clear()
      yield `${told === '' ? ':\n' : told}id: ${this.#id}\n\n`
    }
  }

  async #wait(): Promise<void> {
    if (this.#isOver) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, heartbeatSeconds * 1000)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }
}

export const toEvent = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
