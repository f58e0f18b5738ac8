/** Code on a server of its own, as a stack calls it: what it was asked, and what it answers. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StackRequest {
  readonly authorization: string | undefined
  readonly url: string | undefined
  readonly body: Record<string, unknown>
}

export interface StackServer {
  readonly hostURI: string
  readonly asked: StackRequest[]
  close(): void
}

type Said = [status: number, said: unknown]

export async function startStack(answer: (body: Record<string, unknown>) => Said | Promise<Said>): Promise<StackServer> {
  const asked: StackRequest[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const body = JSON.parse(text) as Record<string, unknown>
    asked.push({ authorization: request.headers.authorization, url: request.url, body })
    const [status, said] = await answer(body)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said ?? null))
  }
  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return { hostURI: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close: () => void server.close() }
}
