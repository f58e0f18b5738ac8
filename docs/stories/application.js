// A small application for the stories: it sells (GET /orders) and keeps books (POST /books), and refuses what it cannot book. Prints its address.
import { createServer } from 'node:http'

/** The third order has no customer, which no book takes. */
const orders = [1, 2, 3, 4, 5].map((number) => ({ number, customer: number === 3 ? '' : `C-${number}`, total: number * 10 }))

const server = createServer(async (request, response) => {
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (request.method === 'GET' && request.url.startsWith('/orders')) return answer(200, { orders })
  if (request.method === 'POST' && request.url.startsWith('/books')) {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const entry = JSON.parse(Buffer.concat(chunks).toString())
    return entry.customer ? answer(201, { id: `B-${entry.number}` }) : answer(422, { message: `Order ${entry.number} has no customer` })
  }
  return answer(404, { message: 'There are GET /orders and POST /books.' })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`))
