/**
 * A program of many senders to one webhook: each says that a small body comes, and sends a byte of it a second; every other one does not even come to the end of
 * its headers. Who is cut off comes again. Tells each second how many were and are connected, and were refused, as a line of JSON.
 */
import { connect, type Socket } from 'node:net'

const [port = '', path = '', crowd = ''] = process.argv.slice(2)
/** Senders of one address: no address of its own takes more than its share. */
const perAddress = 100
/** Connected at once: more than a server has room for in its queue would be refused by the system. */
const perTurn = 100
/** The bytes of a second are sent in so many parts, one after the other. */
const parts = 10
/** Of a body or a header: more than anybody sends here. */
const length = 1000

const sockets: (Socket | undefined)[] = Array.from({ length: Number(crowd) })
let opened = 0
let refused = 0

function open(place: number): Promise<void> {
  return new Promise((resolve) => {
    const localAddress = `127.0.${1 + Math.floor(place / perAddress)}.1`
    const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress })
    socket.on('data', (data) => (refused += data.toString('latin1').startsWith('HTTP/1.1 429') ? 1 : 0))
    socket.on('error', () => undefined)
    socket.once('close', () => {
      sockets[place] = undefined
      resolve()
    })
    socket.once('connect', () => {
      opened += 1
      const head = `POST ${path} HTTP/1.1\r\nhost: sluice\r\ncontent-type: application/json\r\n`
      socket.write(place % 2 === 0 ? `${head}content-length: ${length}\r\n\r\n{` : `${head}x-slow: `)
      sockets[place] = socket
      resolve()
    })
  })
}

async function openMissing(): Promise<void> {
  const missing = [...sockets.keys()].filter((place) => sockets[place] === undefined)
  for (let from = 0; from < missing.length; from += perTurn) await Promise.all(missing.slice(from, from + perTurn).map(open))
  setTimeout(() => void openMissing(), 1000)
}

let part = 0
setInterval(() => {
  for (let place = part; place < sockets.length; place += parts) sockets[place]?.write(' ')
  part = (part + 1) % parts
}, 1000 / parts)
setInterval(() => process.stdout.write(`${JSON.stringify({ opened, connected: sockets.filter(Boolean).length, refused })}\n`), 1000)
void openMissing()
