/** What servers of databases that are asked over HTTP share where tests play them: a socket, what was asked, and what goes wrong. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

export interface AskedRest {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  /** As JSON or, of a form, as its fields. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface Said {
  readonly status: number
  readonly body: object
}

/** Instead of an answer, or that the connection is cut before or after what was asked is done. */
type RestFault = (asked: AskedRest) => Said | 'before' | 'after' | undefined

export interface RestServer {
  readonly origin: string
  readonly asked: AskedRest[]
  /** Is asked for each request until it answers something; then it is gone. */
  fault: RestFault | undefined
  stop(): Promise<void>
}

/** `answer` does what is asked. Answers are packed, as those of real servers are. */
export async function startRestServer(answer: (asked: AskedRest) => Promise<Said>): Promise<RestServer> {
  const asked: AskedRest[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded'
    const body = (isForm ? Object.fromEntries(new URLSearchParams(text)) : text === '' ? {} : JSON.parse(text)) as AskedRest['body']
    const one = { method: request.method ?? '', url: new URL(request.url ?? '/', server.origin), headers: request.headers, body }
    asked.push(one)
    const fault = server.fault?.(one)
    if (fault !== undefined) server.fault = undefined
    if (fault === 'before') return void response.destroy()
    const said = typeof fault === 'object' ? fault : await answer(one)
    if (fault === 'after') return void response.destroy()
    response
      .writeHead(said.status, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .end(gzipSync(JSON.stringify(said.body)))
  }
  const http = createServer((request, response) => void handle(request, response))
  await new Promise<void>((ready) => http.listen(0, '127.0.0.1', ready))
  const server: RestServer = {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    asked,
    fault: undefined,
    async stop() {
      http.closeAllConnections()
      await new Promise((done) => http.close(done))
    },
  }
  return server
}
