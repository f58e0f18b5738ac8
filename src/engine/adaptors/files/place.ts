/** A kind of place where files lie: which connections reach it, and what its documents say of where files come from and go to. */
import type { ConnectionDoc, ExportDoc, ImportDoc, Run, StepFailure } from '../../adaptor.ts'
import type { FileTransport } from './transport.ts'

/** Templates, but for the backup folder. */
interface ExportPlace {
  readonly folder: string
  readonly startsWith?: string | undefined
  readonly endsWith?: string | undefined
  readonly backup?: string | undefined
}

/** Templates, but for how it is encrypted. */
interface ImportPlace {
  readonly folder: string
  readonly fileName?: string | undefined
  readonly draftName?: string | undefined
  readonly backup?: string | undefined
  readonly encryption?: string | undefined
}

export interface FilePlace {
  /** Of its connections. */
  readonly type: ConnectionDoc['type']
  readonly exportType: ExportDoc['adaptorType']
  readonly importType: ImportDoc['adaptorType']
  /** As in "the step has no connection to". */
  readonly noun: string
  /** The field of a step that says where files are. */
  readonly folderField: string
  /** A folder is a bucket, and what stands for folders in it begins the names of its files. */
  readonly foldersAreBuckets?: boolean
  /** Requests at once, where the connection says nothing. */
  readonly level: number
  levels(connection: ConnectionDoc): {
    readonly concurrencyLevel?: number | undefined
    readonly targetConcurrencyLevel?: number | undefined
  }
  ofExport(doc: ExportDoc): ExportPlace | undefined
  ofImport(doc: ImportDoc): ImportPlace | undefined
  /** The folder that shows whether a connection works; undefined where nothing is to be asked. */
  pingFolder(connection: ConnectionDoc): string | undefined
  /** Why no step can ever work over the connection. Nobody is asked. */
  obstacle(connection: ConnectionDoc): StepFailure | undefined
  /** `doc` is the step that it is for; none, for a ping. */
  open(connection: ConnectionDoc, run: Run, doc?: ExportDoc | ImportDoc): FileTransport
}
