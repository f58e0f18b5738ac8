/** What webhooks are compared with: Fastify that puts the bodies of requests which come together into a table by one insert. No secrets, no queues, no bounds. */
import Fastify from 'fastify'
import pg from 'pg'
import { serveParent } from './child.ts'

export interface BareWebhook {
  readonly config: pg.ClientConfig
}

interface Waiting {
  readonly body: string
  readonly done: () => void
}

async function serve({ config }: BareWebhook): Promise<object> {
  const client = new pg.Client(config)
  await client.connect()
  await client.query('create table if not exists bare_events (id bigint generated always as identity primary key, body text not null)')
  let waiting: Waiting[] = []
  let isWriting = false
  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      const values = [group.map(({ body }) => body)]
      await client.query({ name: 'insert', text: 'insert into bare_events (body) select unnest($1::text[])', values })
      for (const { done } of group) done()
    }
    isWriting = false
  }
  const app = Fastify()
  app.post('/events', async ({ body }, reply) => {
    await new Promise<void>((done) => {
      waiting.push({ body: JSON.stringify(body), done })
      if (isWriting) return
      isWriting = true
      setImmediate(() => void write())
    })
    return reply.code(204).send()
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { url: `http://127.0.0.1:${(app.server.address() as { port: number }).port}` }
}

serveParent<BareWebhook>(serve)
