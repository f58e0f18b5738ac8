/** What all places of files have alike: exports read files, imports write them. */
import type { Adaptor, FieldOf } from '../../adaptor.ts'
import { mustBeUsable, type FilePorts } from './client.ts'
import { exportFiles } from './export.ts'
import { importFiles } from './import.ts'
import { pingFolder } from './ping.ts'
import type { FilePlace } from './place.ts'

const fields: Readonly<Record<string, string>> = {
  export_type_unsupported: 'type',
  file_name_missing: 'file.fileName',
  format_unsupported: 'file.type',
  invalid_xml_path: 'file.xml.resourcePath',
}

export function filesAt(place: FilePlace, ports: FilePorts): Required<Adaptor> {
  const own: Readonly<Record<string, string>> = { configuration_missing: place.type, invalid_path: place.folderField }
  const fieldOfStep: FieldOf = (code) => fields[code] ?? own[code] ?? 'file'
  return {
    connections: {
      isFor: ({ type }) => type === place.type,
      fieldOf: () => 'type',
      ready: async (connection) => void mustBeUsable(place, connection),
      hasPing: (connection) => place.pingFolder(connection) !== undefined,
      ping: (connection, run) => pingFolder(place, ports, connection, run),
    },
    source: exportFiles(place, ports, fieldOfStep),
    sink: importFiles(place, ports, fieldOfStep),
  }
}
