/**
 * What the API is compared with: Fastify and one named statement a request on the same rows of the same PostgreSQL, through a pool of the same size.
 * No accounts, no tokens, no validation, no rules.
 */
import Fastify from 'fastify'
import pg from 'pg'
import { idMaker } from '../../src/domain/ids.ts'
import { serveParent } from './child.ts'

export interface Peer {
  readonly config: pg.ClientConfig
  readonly envId: string
  /** Where it writes, so that lists stay as they are. */
  readonly writesTo: string
}

/** As many as Sluice has. */
const connections = 20
const json = 'application/json; charset=utf-8'

async function serve({ config, envId, writesTo }: Peer): Promise<object> {
  const pool = new pg.Pool({ ...config, max: connections })
  const newId = idMaker()
  const app = Fastify()
  app.get<{ Params: { collection: string; id: string } }>('/v1/:collection/:id', async ({ params }, reply) => {
    const text = `select doc::text as text from sluice.documents where env_id = $1 and collection = $2 and _id = $3 and deleted_at is null`
    const { rows } = await pool.query<{ text: string }>({ name: 'one', text, values: [envId, params.collection, params.id] })
    return reply.type(json).send(rows[0]?.text)
  })
  app.get<{ Params: { collection: string }; Querystring: { include?: string } }>('/v1/:collection', async ({ params, query }, reply) => {
    if (query.include !== undefined) {
      // As the API asks for them, which adds the fields that name an export.
      const fields = ['_id', 'name', 'adaptorType', query.include]
      const text = `select (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(doc) where key = any($3::text[]))::text as text
                    from sluice.documents where env_id = $1 and collection = $2 and deleted_at is null order by _id limit 1000`
      const { rows } = await pool.query<{ text: string }>({ name: 'names', text, values: [envId, params.collection, fields] })
      return reply.type(json).send(`[${rows.map((row) => row.text).join(',')}]`)
    }
    const text = `select doc::text as text from sluice.documents where env_id = $1 and collection = $2 and deleted_at is null order by _id limit 100`
    const { rows } = await pool.query<{ text: string }>({ name: 'list', text, values: [envId, params.collection] })
    return reply.type(json).send(`[${rows.map((row) => row.text).join(',')}]`)
  })
  app.post<{ Params: { collection: string }; Body: object }>('/v1/:collection', async ({ params, body }, reply) => {
    const _id = newId()
    const text = `insert into sluice.documents (env_id, collection, _id, doc) values ($1, $2, $3, $4) returning doc::text as text`
    const values = [writesTo, params.collection, _id, JSON.stringify({ ...(body as object), _id })]
    const { rows } = await pool.query<{ text: string }>({ name: 'create', text, values })
    return reply.code(201).type(json).send(rows[0]?.text)
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { url: `http://127.0.0.1:${(app.server.address() as { port: number }).port}` }
}

serveParent<Peer>(serve)
