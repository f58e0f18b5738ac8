/** Sends a stream of events: until its reader is gone, or may not be told any more. */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { EventStream } from '../domain/result.ts'

export function sendEvents(reply: FastifyReply, { events, close }: EventStream): FastifyReply {
  reply.raw.once('close', close)
  if (reply.raw.destroyed) close()
  return (
    reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      // Nothing else goes over it, and a server that ends does not wait for it.
      .header('connection', 'close')
      .header('x-accel-buffering', 'no')
      .send(Readable.from(events, { objectMode: false }))
  )
}
