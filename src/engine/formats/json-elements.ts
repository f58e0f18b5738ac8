/** Takes the records out of a JSON text of any length, one after the other as they end: the elements of the list that a path of names leads to. */

const [quote, backslash, comma, openList, closeList, openObject, closeObject] = [34, 92, 44, 91, 93, 123, 125]
const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9

/** `data.orders`, and not `data[0].orders`: whether a list can be found without holding what stands before it. */
export const isPathOfNames = (path: string): boolean => /^[\w-]+(?:\.[\w-]+)*$/.test(path)

export type Ending = 'invalid_json' | 'too_deep' | 'record_too_large' | 'list_on_the_way'

export class Unparted extends Error {
  override readonly name = 'Unparted'
  readonly ending: Ending
  constructor(ending: Ending) {
    super(ending)
    this.ending = ending
  }
}

interface Bounds {
  /** Characters of one record. */
  readonly mostOfRecord: number
  /** Objects and lists inside each other. */
  readonly mostLevels: number
}

/** Fed with the text in parts of any length. What stands beside the path is looked over, and nothing is kept of it. */
export class JsonElements {
  readonly #path: readonly string[]
  readonly #bounds: Bounds
  /** What closes each object and list that is open. */
  readonly #open: number[] = []
  /** So many of the open objects lead to the records. */
  #onPath = 0
  /** Levels that are open directly inside the list of records. */
  #listLevel = 0
  #isDone = false
  #isInText = false
  #isEscaped = false
  /** The name that was read last in an object on the path, and whether a value follows it. */
  #name: string | undefined
  #isValue = true
  #kept: { text: string; readonly level: number; readonly isName: boolean } | undefined

  constructor(path: string | undefined, bounds: Bounds) {
    this.#path = path ? path.split('.') : []
    this.#bounds = bounds
  }

  /** The texts of records that end in this part. Throws `Unparted`. */
  write(part: string): string[] {
    const ended: string[] = []
    let from = 0
    const end = (at: number): void => {
      const text = this.#take(part.slice(from, at))
      if (text !== undefined) ended.push(text)
    }
    for (let at = 0; at < part.length; at++) {
      const code = part.charCodeAt(at)
      if (this.#isInText) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (code === backslash) this.#isEscaped = true
        else if (code === quote) {
          this.#isInText = false
          if (this.#kept?.isName) end(at + 1)
        }
        continue
      }
      if (isSpace(code)) continue
      if (this.#isDone) throw new Unparted('invalid_json')
      const isInList = this.#listLevel > 0 && this.#open.length === this.#listLevel
      if (isInList && this.#kept && (code === comma || code === closeList)) end(at)
      else if (isInList && !this.#kept && code !== comma && code !== closeList) from = this.#begin(at, false)
      else if (code === quote && !this.#kept && !this.#isValue && this.#isOnPath()) from = this.#begin(at, true)
      if (code === quote) this.#isInText = true
      else if (code === openObject || code === openList) {
        if (this.#openNext(code)) from = at
      } else if (code === closeObject || code === closeList) {
        this.#close(code)
        // The one object that the path leads to.
        if (this.#kept && !this.#kept.isName && this.#listLevel === 0 && this.#open.length === this.#kept.level) end(at + 1)
      } else if (this.#isOnPath()) this.#isValue = code !== comma
    }
    if (this.#kept) this.#keep(part.slice(from))
    return ended
  }

  /** Throws `Unparted` where the text ends in the middle. */
  end(): void {
    if (!this.#isDone) throw new Unparted('invalid_json')
  }

  #isOnPath(): boolean {
    return this.#listLevel === 0 && this.#onPath > 0 && this.#onPath === this.#open.length
  }

  #begin(at: number, isName: boolean): number {
    this.#kept = { text: '', level: this.#open.length, isName }
    return at
  }

  #keep(text: string): void {
    if (!this.#kept) return
    this.#kept.text += text
    if (this.#kept.text.length > this.#bounds.mostOfRecord) throw new Unparted('record_too_large')
  }

  /** What was kept has ended: the text of a record, or a name, which nobody else needs. */
  #take(last: string): string | undefined {
    this.#keep(last)
    const { text = '', isName } = this.#kept ?? {}
    this.#kept = undefined
    if (!isName) return text
    try {
      this.#name = JSON.parse(text) as string
    } catch {
      throw new Unparted('invalid_json')
    }
    return undefined
  }

  /** Answers whether the one record begins here. */
  #openNext(code: number): boolean {
    const level = this.#open.length
    // Of the whole text, or of the name that was read last.
    const leads = !this.#kept && this.#listLevel === 0 && this.#onPath === level && (level === 0 || this.#name === this.#path[level - 1])
    const isTarget = leads && level === this.#path.length
    if (leads && !isTarget && code === openList) throw new Unparted('list_on_the_way')
    if (this.#open.push(code === openObject ? closeObject : closeList) > this.#bounds.mostLevels) throw new Unparted('too_deep')
    if (isTarget && code === openList) this.#listLevel = level + 1
    else if (leads && !isTarget) {
      this.#onPath += 1
      this.#isValue = false
    }
    if (!isTarget || code === openList) return false
    this.#kept = { text: '', level, isName: false }
    return true
  }

  #close(code: number): void {
    if (this.#open.pop() !== code) throw new Unparted('invalid_json')
    if (this.#listLevel > this.#open.length) this.#listLevel = 0
    this.#onPath = Math.min(this.#onPath, this.#open.length)
    if (this.#open.length === 0) this.#isDone = true
  }
}
