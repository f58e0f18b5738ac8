/** Remembers the files that an export reads and leaves where they are (`file.skipDelete`): a flow takes each once, and again where it was written anew. */
import type { ReadFolder, TakenFile } from '../../../../domain/ports/flows/taken-files.ts'
import type { SourceStep } from '../../../adaptor.ts'
import type { FilePorts } from '../client.ts'
import type { FilePlace } from '../place.ts'
import type { Found } from '../transport.ts'

export interface Memory {
  /** Those that were not taken as they are. */
  leaveOutTaken(folder: string, found: readonly Found[]): Promise<readonly Found[]>
  /** After the commit of its last page. */
  take(folder: string, found: Found): Promise<void>
  /** After a look at all files of the folder. */
  forgetGone(folder: string): Promise<void>
}

const toTaken = ({ name, size, lastModified }: Found): TakenFile => ({ name, print: `${size} ${lastModified}` })

/** Undefined where no file is remembered: none stays, or the files are only looked at. What was sent to an export is kept for its next run. */
export function createMemory(place: FilePlace, { kept }: FilePorts, { doc, run }: SourceStep): Memory | undefined {
  const { envId, flow } = run
  const isTaken = run.jobId !== undefined && !run.testMode && doc.type !== 'test' && place.exportType !== 'SimpleExport'
  if (!doc.file?.skipDelete || !isTaken || !flow || !kept) return undefined
  const of = (folder: string): ReadFolder => ({ envId, flowId: flow._id, exportId: doc._id, folder })
  const now = (): string => new Date().toISOString()
  return {
    async leaveOutTaken(folder, found) {
      const taken = await kept().takenFiles.listTaken(of(folder), found.map(toTaken), now())
      return taken.size === 0 ? found : found.filter(({ name }) => !taken.has(name))
    },
    take: (folder, found) => kept().takenFiles.take(of(folder), toTaken(found), now()),
    forgetGone: (folder) => kept().takenFiles.forgetGone(of(folder), now()),
  }
}
