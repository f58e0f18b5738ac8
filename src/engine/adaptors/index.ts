/** Every connector there is. A connector is its file and a line here. */
import type { Adaptors } from '../adaptor.ts'
import { httpExport } from './http/export.ts'
import { httpImport } from './http/import.ts'
import type { HttpPorts } from './http/connection-client.ts'

export type AdaptorPorts = HttpPorts

export const adaptors = (ports: AdaptorPorts): Adaptors => ({
  sources: [httpExport(ports)],
  sinks: [httpImport(ports)],
})
