/** Every connector there is. A connector is its folder and a line here. */
import type { Adaptor, Adaptors } from '../adaptor.ts'
import { dynamodb } from './dynamodb/adaptor.ts'
import type { DynamoPorts } from './dynamodb/client.ts'
import { fileSystem, type FileSystemPorts } from './file-system/adaptor.ts'
import { fileServer, type FtpPorts } from './ftp/adaptor.ts'
import { http } from './http/adaptor.ts'
import type { HttpPorts } from './http/connection-client.ts'
import { olderRest } from './http/older-rest.ts'
import { mcp } from './mcp/adaptor.ts'
import { s3Buckets } from './s3/adaptor.ts'
import { mongodb } from './mongodb/adaptor.ts'
import type { MongoPorts } from './mongodb/client.ts'
import { rdbms } from './rdbms/adaptor.ts'
import type { DatabasePorts } from './rdbms/client.ts'
import { jdbc } from './rdbms/jdbc.ts'
import { tool } from './tool/adaptor.ts'
import type { ToolPorts } from './tool/import.ts'
import { uploads, type UploadPorts } from './uploads/adaptor.ts'
import { webhook } from './webhook/adaptor.ts'
import type { WebhookPorts } from './webhook/export.ts'
import { wrapper } from './wrapper/adaptor.ts'

export type AdaptorPorts = HttpPorts &
  DynamoPorts &
  MongoPorts &
  FileSystemPorts &
  FtpPorts &
  DatabasePorts &
  ToolPorts &
  WebhookPorts &
  UploadPorts

const all: readonly ((ports: AdaptorPorts, adaptors: () => Adaptors) => Adaptor)[] = [
  http,
  olderRest,
  fileSystem,
  fileServer,
  s3Buckets,
  rdbms,
  jdbc,
  mongodb,
  dynamodb,
  mcp,
  tool,
  webhook,
  uploads,
  wrapper,
]

export function adaptors(ports: AdaptorPorts): Adaptors {
  const made = all.map((make) => make(ports, () => together))
  const together: Adaptors = {
    connections: made.flatMap(({ connections = [] }) => connections),
    sources: made.flatMap(({ source = [] }) => source),
    sinks: made.flatMap(({ sink = [] }) => sink),
    locks: ports.slots,
  }
  return together
}
