/** A small application on loopback: one function from a request to an answer in JSON. What it lacks is everything a real one would need. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method: string
  readonly url: URL
  readonly authorization: string
  readonly body: unknown
}

export interface Answered {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Application {
  readonly url: string
  close(): void
}

/** On a port that is free by default. */
export async function listen(answer: (asked: Asked) => Answered, port = 0): Promise<Application> {
  const server = createServer((request, response) => {
    void asked(request).then((question) => {
      const { status, body, headers } = question ? answer(question) : refused(400, 'The body is not JSON.')
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

export const refused = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answered => ({
  status,
  body: { errors: [{ message }] },
  headers,
})

async function asked(request: IncomingMessage): Promise<Asked | undefined> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    return {
      method: request.method ?? '',
      url: new URL(request.url ?? '/', 'http://localhost'),
      authorization: request.headers.authorization ?? '',
      body: text === '' ? undefined : JSON.parse(text),
    }
  } catch {
    return undefined
  }
}
