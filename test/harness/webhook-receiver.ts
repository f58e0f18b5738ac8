/** Whoever gets a webhook of a user: checks its signature with the library of Standard Webhooks, and can be made to refuse. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { textOf } from './authorization-server.ts'

interface ReceivedCall {
  readonly id: string
  /** Whether its time is that of the clock. */
  readonly isFresh: boolean
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape
  readonly body: any
}

export interface WebhookReceiver {
  readonly uri: string
  readonly secret: string
  readonly received: ReceivedCall[]
  /** Of calls whose signature is wrong. */
  readonly forged: string[]
  status: number
  close(): Promise<void>
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
  const isFresh = ({ headers }: IncomingMessage, text: string): boolean => {
    try {
      return new Webhook(secret).verify(text, headers as Record<string, string>) !== undefined
    } catch {
      return false
    }
  }
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const { 'webhook-id': id = '', 'webhook-timestamp': seconds = '', 'webhook-signature': signature } = request.headers
      const isSigned = new Webhook(secret).sign(String(id), new Date(Number(seconds) * 1000), text) === signature
      if (isSigned) receiver.received.push({ id: String(id), isFresh: isFresh(request, text), body: JSON.parse(text) as unknown })
      else receiver.forged.push(text)
      response.writeHead(receiver.status, receiver.status === 302 ? { location: receiver.uri } : {}).end()
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const receiver: WebhookReceiver = {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/sluice`,
    secret,
    received: [],
    forged: [],
    status: 204,
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
  return receiver
}
