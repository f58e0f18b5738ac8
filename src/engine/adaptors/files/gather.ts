/**
 * Gathers the records of a run for one file, or for files of `batchSize` each. They are kept with their pages, so a file has each record once, whichever
 * workers the run had, and is written when the last page is through.
 */
import type { FileTarget, GatheredFile } from '../../../domain/ports/flows/gathered-files.ts'
import { StepFailure, type Failure, type Outcome, type Submission, type Told } from '../../adaptor.ts'
import { UnwritableContent } from '../../formats/format.ts'
import { FileFailure } from './failure.ts'
import { newBlobKey, type Storage } from '../kept-bytes.ts'

interface Open {
  readonly key: string
  readonly number: number
  readonly target: FileTarget
  records: number
}

export interface Gatherer {
  readonly storage: Storage
  readonly envId: string
  /** Records in one file at the most. */
  readonly most: number
  /** Several files of the run may have one name: each comes to the end of the one before. */
  readonly sharesNames: boolean
  /** The files of the run that wait to be written, as far as the pages before have brought them. */
  list(): Promise<readonly GatheredFile[]>
  /** Where the file that begins with these records goes. Throws `StepFailure`. */
  target(beginning: readonly Submission[]): Promise<FileTarget>
  /** As it is to be written. */
  toRecord(mapped: unknown): unknown
  /** As it is kept until then. Throws `UnwritableContent` for a record that can never be written. */
  toKept(record: unknown, target: FileTarget): Promise<unknown>
}

/** Files of one run of an import. */
const maxFiles = 100_000

export class Gathering {
  readonly #parts: Gatherer
  #turn: Promise<unknown> = Promise.resolve()
  #open: Open | undefined
  #files = 0
  readonly #names = new Set<string>()
  #isKnown = false

  constructor(parts: Gatherer) {
    this.#parts = parts
  }

  /** One outcome a submission. Pages take turns. */
  add(submissions: readonly Submission[], told: Told): Promise<Outcome[]> {
    const added = this.#turn.then(() => this.#addPage(submissions, told))
    this.#turn = added.catch(() => undefined)
    return added
  }

  async #addPage(submissions: readonly Submission[], told: Told): Promise<Outcome[]> {
    await this.#learn()
    const outcomes: Outcome[] = []
    let lines: string[] = []
    const keep = (): void => {
      const file = this.#open
      if (!file || lines.length === 0) return
      const content = Buffer.from(lines.join(''))
      told.gather?.({ key: file.key, number: file.number, target: file.target, records: lines.length, content })
      lines = []
    }
    for (const [i, { mapped }] of submissions.entries()) {
      if (this.#open && this.#open.records >= this.#parts.most) {
        keep()
        this.#open = undefined
      }
      try {
        const file = (this.#open ??= await this.#begin(submissions.slice(i)))
        const line = await this.#toLine(mapped, file.target)
        lines.push(line)
        file.records += 1
        outcomes.push(respond(file.target))
      } catch (error) {
        outcomes.push({ kind: 'failed', failures: [toFailure(error)] })
      }
    }
    keep()
    return outcomes
  }

  async #toLine(mapped: unknown, target: FileTarget): Promise<string> {
    const { storage, envId, toRecord, toKept } = this.#parts
    const kept = await toKept(toRecord(mapped), target)
    const line = `${JSON.stringify(kept) ?? 'null'}\n`
    await storage.take(envId, line.length)
    return line
  }

  /** What pages of the run brought before this worker took it up. */
  async #learn(): Promise<void> {
    if (this.#isKnown) return
    const before = await this.#parts.list()
    for (const { target, number } of before) {
      this.#names.add(pathOf(target))
      this.#files = Math.max(this.#files, number)
    }
    const last = before.at(-1)
    if (last && last.records < this.#parts.most) this.#open = { ...last }
    this.#isKnown = true
  }

  async #begin(beginning: readonly Submission[]): Promise<Open> {
    const target = await this.#parts.target(beginning)
    const path = pathOf(target)
    if (this.#names.has(path) && !this.#parts.sharesNames)
      throw new FileFailure(
        'file_name_taken',
        'This run has a file of that name already. Put what tells them apart into file.fileName, such as {{timestamp}}.',
      )
    if (this.#files >= maxFiles)
      throw new FileFailure('too_many_files', `A run of an import writes ${maxFiles.toLocaleString('en')} files at the most.`)
    await this.#parts.storage.take(this.#parts.envId, 0, 1)
    this.#names.add(path)
    return { key: newBlobKey(), number: ++this.#files, target, records: 0 }
  }
}

export const pathOf = ({ directoryPath, fileName }: FileTarget): string =>
  `${directoryPath.split('/').filter(Boolean).join('/')}/${fileName}`

export const describeFile = ({ directoryPath, fileName }: FileTarget): string => `The file ${directoryPath}/${fileName}`

/** How large the file becomes nobody knows yet. */
const respond = ({ fileName, directoryPath }: FileTarget): Outcome => ({
  kind: 'done',
  response: { id: fileName, statusCode: 200, ignored: false, errors: [], _json: { fileName, directoryPath } },
})

function toFailure(error: unknown): Failure {
  if (error instanceof StepFailure) return error.failure
  if (error instanceof FileFailure) return { source: 'application', code: error.code, message: error.message }
  if (error instanceof UnwritableContent) return { source: 'internal', code: error.code, message: error.message }
  throw error
}
