/** Clients that ask for answers of 15 MB and do not read them. */
import { make } from '../harness/flows.ts'
import { openWire, type Wire } from '../harness/socket.ts'
import type { Target } from './target.ts'

/** Larger than what the system keeps of one connection (some 6 MB on loopback), so that the server has to hold the rest. */
export const answerBytes = 15_000_000

export async function makeLarge({ call }: Target): Promise<void> {
  const settings = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`s${i}`, 'x'.repeat(1_000_000)]))
  for (const name of ['one', 'two', 'three']) await make({ call }, 'integrations', { name, settings })
}

export const askLarge = ({ url, token }: Target): Promise<Response> =>
  fetch(`${url}/v1/integrations`, { headers: { authorization: `Bearer ${token}`, 'accept-encoding': 'identity' } })

export async function askWithoutReading({ url, token }: Target): Promise<Wire> {
  const wire = await openWire(url)
  wire.socket.pause()
  wire.send(`GET /v1/integrations HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  return wire
}
