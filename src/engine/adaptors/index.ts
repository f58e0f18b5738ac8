/** Every connector there is. A connector is its folder and a line here. */
import type { Adaptor, Adaptors } from '../adaptor.ts'
import { fileSystem } from './file-system/adaptor.ts'
import type { FileSystemPorts } from './file-system/client.ts'
import { http } from './http/adaptor.ts'
import type { HttpPorts } from './http/connection-client.ts'

export type AdaptorPorts = HttpPorts & FileSystemPorts

const all: readonly ((ports: AdaptorPorts) => Adaptor)[] = [http, fileSystem]

export function adaptors(ports: AdaptorPorts): Adaptors {
  const made = all.map((make) => make(ports))
  return {
    connections: made.map(({ connections }) => connections),
    sources: made.map(({ source }) => source),
    sinks: made.map(({ sink }) => sink),
    locks: ports.slots,
  }
}
