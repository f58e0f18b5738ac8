/** The file system of the server, below one folder that whoever runs it has set: exports read files, imports write them. */
import type { Adaptor, FieldOf } from '../../adaptor.ts'
import { mustReachFiles, type FileSystemPorts } from './client.ts'
import { fileSystemExport } from './export.ts'
import { fileSystemImport } from './import.ts'
import { hasPing, pingFolder } from './ping.ts'

const fields: Readonly<Record<string, string>> = {
  configuration_missing: 'filesystem',
  export_type_unsupported: 'type',
  file_name_missing: 'file.fileName',
  format_unsupported: 'file.type',
  invalid_path: 'filesystem.directoryPath',
  invalid_xml_path: 'file.xml.resourcePath',
}
const fieldOfStep: FieldOf = (code) => fields[code] ?? 'file'

export const fileSystem = (ports: FileSystemPorts): Required<Adaptor> => ({
  connections: {
    isFor: ({ type }) => type === 'filesystem',
    fieldOf: () => 'type',
    ready: async (connection) => void mustReachFiles(ports, connection),
    hasPing,
    ping: (connection, run) => pingFolder(ports, connection, run),
  },
  source: fileSystemExport(ports, fieldOfStep),
  sink: fileSystemImport(ports, fieldOfStep),
})
