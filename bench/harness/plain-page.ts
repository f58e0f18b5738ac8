/** A page of plain HTML that says what the first page of the console says: what a browser takes for a page at the least. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PlainPage {
  readonly url: string
  close(): void
}

export async function servePlainPage(tiles: readonly string[]): Promise<PlainPage> {
  const items = tiles.map((name) => `<li><a href="#">${name}</a> 2 flows</li>`).join('')
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Home</title><style>body{font:13px sans-serif}</style></head><body><h1>Home</h1><ul>${items}</ul></body></html>`
  const server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() }
}
