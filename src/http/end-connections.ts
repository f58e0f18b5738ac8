/** Connections at the end of the server: requests in flight are answered, everything else goes at once, and nothing holds the end up for long. */
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** A request in flight may take this long to end, in milliseconds. Ours take a few; only a client that sends its body slowly comes near. */
const graceMs = 10_000

export function endConnections(app: FastifyInstance): void {
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  app.addHook('preClose', async () => {
    // Node takes a connection that never said a word for one with a request in flight; browsers open such ones ahead of need.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    setTimeout(() => app.server.closeAllConnections(), graceMs).unref()
  })
}
