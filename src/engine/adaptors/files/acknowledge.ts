/** Writes the acknowledgement of a file of EDI that went through: before the file is put away, so that one that is gone is acknowledged. */
import type { SourceStep } from '../../adaptor.ts'
import { encodeText } from '../../formats/encode-text.ts'
import { writeAcknowledgements } from '../../formats/structured/acknowledgement/acknowledge.ts'
import type { ReceivedInterchange } from '../../formats/structured/acknowledgement/received.ts'
import { firstControlNumber } from '../../formats/structured/control-number.ts'
import { findEncoding, stepFailure } from './check-options.ts'
import type { FileClient, FilePorts } from './client.ts'
import type { FilePlace } from './place.ts'
import { findDefinition } from './row-files.ts'

/** Of the file `name` of `folder`, and the interchanges in it. Undefined where nothing is acknowledged. */
export type Acknowledge = (folder: string, name: string, interchanges: readonly ReceivedInterchange[]) => Promise<void>

/** What the file is called besides its own name. */
const endings = { x12: '.997', edifact: '.CONTRL' } as const

export function createAcknowledge(
  place: FilePlace,
  { kept }: FilePorts,
  { doc, run }: SourceStep,
  { transport }: Pick<FileClient, 'transport'>,
): Acknowledge | undefined {
  const path = doc.file?.fileDefinition?.acknowledgementPath?.trim()
  if (doc.file?.type !== 'filedefinition' || !path) return undefined
  const { profile } = findDefinition(doc, run)
  const encoding = findEncoding(doc.file)
  const takeNumber = async (): Promise<number> => {
    if (!kept) throw stepFailure('acknowledgement_unsupported', 'Control numbers of acknowledgements cannot be counted here.')
    return kept().controlNumbers.take(run.envId, doc._ediProfileId ?? doc._id, firstControlNumber(profile))
  }
  return async (folder, name, interchanges) => {
    const [first] = interchanges
    const text = await writeAcknowledgements(interchanges, takeNumber, new Date())
    if (!first || text === undefined) return
    const called = `${name.slice(name.lastIndexOf('/') + 1)}${endings[first.standard]}`
    const to = place.foldersAreBuckets ? { folder, name: `${path.replace(/^\/|\/$/g, '')}/${called}` } : { folder: path, name: called }
    const content = async function* (): AsyncGenerator<Uint8Array> {
      yield encodeText(text, encoding)
    }
    await transport.write(to.folder, to.name, content, { by: `${run.jobId ?? ''} ${doc._id} acknowledgement` })
  }
}
