/** The next files of a folder in their order, however many it holds: those that come first are kept, the others are met again when these are through. */
import { mostNames } from '../bounds.ts'
import { tooManyFiles } from '../failure.ts'

/** Kept of one look at a folder, some 10 MB with what is met meanwhile: one of a million files is looked at 40 times. */
export const filesAtOnce = 25_000

export type FileOrder = 'name' | 'lastModified'

/** A place in the order. */
export interface Mark {
  readonly name: string
  /** ISO time. */
  readonly lastModified?: string | undefined
}

/** Where files are gone on: with one of them, or after it. */
export type Beginning = { readonly at: Mark } | { readonly after: Mark }

/** The file that went through last, and when it was changed: as a cursor says it. */
export interface After {
  readonly done?: string
  readonly doneAt?: string
}

export const beginningAfter = ({ done, doneAt }: After): Beginning | undefined =>
  done === undefined ? undefined : { after: { name: done, lastModified: doneAt } }

/** In their order. `end` is where the next look goes on; there are no more files where it is absent. */
export interface Listed<T extends Mark> {
  readonly found: readonly T[]
  readonly end?: Mark
}

/** By their characters, as S3 lists keys: units of UTF-16 have another order above all others. */
export function compareNames(a: string, b: string): number {
  let at = 0
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1
  return placeOf(a, at) - placeOf(b, at)
}

/** Halves of characters come after all that are whole. */
function placeOf(text: string, at: number): number {
  if (at >= text.length) return -1
  const unit = text.charCodeAt(at)
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10_000 : unit
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

const compareBy =
  (order: FileOrder) =>
  (a: Mark, b: Mark): number =>
    (order === 'lastModified' && compareTexts(a.lastModified ?? '', b.lastModified ?? '')) || compareNames(a.name, b.name)

/** Of a look at a folder. */
export interface Look {
  readonly order: FileOrder
  /** From the first one where it is absent. */
  readonly beginning?: Beginning | undefined
  /** Files that are kept. */
  readonly most: number
}

export class NextFiles<T extends Mark> {
  readonly #compare: (a: Mark, b: Mark) => number
  readonly #beginning: Beginning | undefined
  readonly #most: number
  #kept: T[] = []
  #names = 0
  /** Nothing after it is among the next. */
  #end: T | undefined

  constructor({ order, beginning, most }: Look) {
    this.#compare = compareBy(order)
    this.#beginning = beginning
    this.#most = most
  }

  /** Of each entry of the folder, whether it is wanted or not. Throws `FileFailure` where it has no end. */
  count(entries = 1): void {
    this.#names += entries
    if (this.#names > mostNames) throw tooManyFiles()
  }

  add(file: T): void {
    const compare = this.#compare
    if (this.#isBefore(file) || (this.#end && compare(file, this.#end) > 0)) return
    this.#kept.push(file)
    if (this.#kept.length >= 2 * this.#most) this.#cut()
  }

  /** Whether none that comes after all those before it can be among the next. */
  get isFull(): boolean {
    return this.#end !== undefined || this.#kept.length > this.#most
  }

  take(): Listed<T> {
    if (this.#kept.length > this.#most) this.#cut()
    const found = this.#kept.toSorted(this.#compare)
    const { name, lastModified } = this.#end ?? {}
    return name === undefined ? { found } : { found, end: { name, lastModified } }
  }

  #isBefore(file: T): boolean {
    const begins = this.#beginning
    if (!begins) return false
    return 'at' in begins ? this.#compare(file, begins.at) < 0 : this.#compare(file, begins.after) <= 0
  }

  #cut(): void {
    this.#kept = this.#kept.toSorted(this.#compare).slice(0, this.#most)
    this.#end = this.#kept.at(-1)
  }
}
