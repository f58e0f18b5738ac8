/** Every connector there is. A connector is its folder and a line here. */
import type { Adaptor, Adaptors } from '../adaptor.ts'
import { fileSystem } from './file-system/adaptor.ts'
import type { FileSystemPorts } from './file-system/client.ts'
import { http } from './http/adaptor.ts'
import type { HttpPorts } from './http/connection-client.ts'
import { mcp } from './mcp/adaptor.ts'
import { webhook } from './webhook/adaptor.ts'
import type { WebhookPorts } from './webhook/export.ts'

export type AdaptorPorts = HttpPorts & FileSystemPorts & WebhookPorts

const all: readonly ((ports: AdaptorPorts) => Adaptor)[] = [http, fileSystem, mcp, webhook]

export function adaptors(ports: AdaptorPorts): Adaptors {
  const made = all.map((make) => make(ports))
  return {
    connections: made.flatMap(({ connections = [] }) => connections),
    sources: made.map(({ source }) => source),
    sinks: made.flatMap(({ sink = [] }) => sink),
    locks: ports.slots,
  }
}
