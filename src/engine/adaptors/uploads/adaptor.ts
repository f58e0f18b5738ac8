/** Data loaders: exports of the type `simple`, which read the files that were sent to them over the API. They have no connection, and a file is gone once it is through. */
import type { RowsOf } from '../../../domain/ports/store.ts'
import { StepFailure, type Adaptor, type ConnectionDoc, type ExportDoc, type SourceAdaptor, type SourceStep } from '../../adaptor.ts'
import { filesAt } from '../files/adaptor.ts'
import type { FilePorts } from '../files/client.ts'
import { uploadTransport } from './transport.ts'

export interface UploadPorts extends FilePorts {
  readonly uploads?: () => RowsOf<'blobs' | 'uploads'>
}

/** Stands for a connection: what is kept in the database needs no other. */
const place = { _id: 'uploads', type: 'simple', name: 'files that were sent' } as unknown as ConnectionDoc

export const uploads = (ports: UploadPorts): Adaptor => {
  const { source } = filesAt(
    {
      type: place.type,
      exportType: 'SimpleExport',
      importType: undefined,
      noun: 'files that were sent',
      folderField: 'simple',
      level: 5,
      levels: () => ({}),
      ofExport: ({ _id }) => ({ folder: _id }),
      ofImport: () => undefined,
      pingFolder: () => undefined,
      obstacle: () => (ports.uploads ? undefined : unavailable()),
      open: (_connection, { envId, signal }) => uploadTransport(ports.uploads, envId, signal),
    },
    ports,
  )
  const asked = new WeakMap<ExportDoc, ExportDoc>()
  /** What is said of the files stands in `simple.file`. */
  const withFile = (step: SourceStep): SourceStep => {
    const { doc } = step
    const { simple, type: _type, ...rest } = doc
    const known = asked.get(doc) ?? ({ ...rest, file: simple?.file ?? doc.file } as ExportDoc)
    asked.set(doc, known)
    return { ...step, doc: known, connection: place }
  }
  const loader: SourceAdaptor = {
    ...source,
    ready: (step) => source.ready(withFile(step)),
    pages: (step, from) => source.pages(withFile(step), from),
    async lookup() {
      throw new StepFailure({
        source: 'internal',
        code: 'lookup_unsupported',
        message: 'A data loader begins a flow; it cannot be a lookup.',
      })
    },
  }
  return { source: loader }
}

const unavailable = (): StepFailure =>
  new StepFailure({ source: 'internal', code: 'blobs_unavailable', message: 'Files that were sent cannot be read here.' })
