/** Results of SQL Server that are read as they come. */
import type * as Tedious from 'tedious'
import type { FlowRecord } from '../../../adaptor.ts'
import { createReader, type ResultColumn } from './sqlserver-values.ts'

/** The rows of a result as they come, with the socket standing still while nobody asks for more. */
export class ResultReader {
  #request: Tedious.Request | undefined
  #rows: FlowRecord[] = []
  #isEnded = false
  #error: unknown
  /** How many are waited for. */
  #wanted = 1
  #told: (() => void) | undefined

  read(request: Tedious.Request): void {
    this.#request = request
    let toRecord: ReturnType<typeof createReader> | undefined
    let results = 0
    request.on('columnMetadata', (columns) => {
      results += 1
      toRecord = createReader(columns as unknown as readonly ResultColumn[])
    })
    request.on('row', (row: readonly { readonly value: unknown }[]) => {
      if (results > 1 || !toRecord || this.#error) return
      try {
        this.#rows.push(toRecord(row) as FlowRecord)
      } catch (error) {
        this.#error = error
      }
      if (this.#rows.length < this.#wanted && this.#error === undefined) return
      request.pause()
      this.#tell()
    })
  }

  async next(most: number): Promise<FlowRecord[]> {
    if (this.#rows.length < most && !this.#isEnded && this.#error === undefined) {
      this.#wanted = most
      const told = new Promise<void>((resolve) => (this.#told = resolve))
      this.#request?.resume()
      await told
    }
    if (this.#error !== undefined) throw this.#error
    return this.#rows.splice(0, most)
  }

  end(error?: unknown): void {
    if (!this.#isEnded) this.#error ??= error
    this.#isEnded = true
    this.#tell()
  }

  #tell(): void {
    this.#told?.()
    this.#told = undefined
  }
}
