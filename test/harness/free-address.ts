/** An address of this machine that nobody listens at, for programs that are told where to. */
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

export async function findFreeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `127.0.0.1:${port}`
}
