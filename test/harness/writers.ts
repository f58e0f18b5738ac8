/** Clients that write one document after the other whatever happens to the server, and note what it acknowledged and how it refused. */
import { setTimeout as pause } from 'node:timers/promises'

export interface Writers {
  /** Ids of documents that the server said it has. */
  readonly acknowledged: string[]
  /** Answers that say neither «it is written» nor «come again», with what they said. */
  readonly unexpected: string[]
  /** How often they were told to come again. */
  refused: number
  /** Where the server answers from now on. */
  url: string
  stop(): Promise<void>
}

/** Shorter than any wait of the server's: a request that nobody answers is given up. In milliseconds. */
const patienceMs = 60_000
/** Between a refusal and the next try: far below Retry-After, so that the time of a fault is full of requests. In milliseconds. */
const againMs = 50

export function startWriters(url: string, token: string, number = 4): Writers {
  let going = true
  const writers: Writers = {
    acknowledged: [],
    unexpected: [],
    refused: 0,
    url,
    async stop() {
      going = false
      await Promise.all(all)
    },
  }
  const write = async (): Promise<void> => {
    const response = await fetch(`${writers.url}/v1/scripts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'a', content: 'function f() {}' }),
      signal: AbortSignal.timeout(patienceMs),
    })
    const text = await response.text()
    const comeAgain = response.status === 429 || (response.status === 503 && /"service_unavailable"/.test(text))
    if (response.status === 201) writers.acknowledged.push((JSON.parse(text) as { _id: string })._id)
    else if (comeAgain && Number(response.headers.get('retry-after')) > 0) writers.refused += 1
    else writers.unexpected.push(`${response.status} ${text}`)
    if (response.status !== 201) await pause(againMs)
  }
  const all = Array.from({ length: number }, async () => {
    // A server that was killed answers nothing: that is no promise broken.
    while (going) await write().catch(() => pause(againMs))
  })
  return writers
}

/** Those of `ids` that the server does not have. */
export async function missing(url: string, token: string, ids: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>()
  for (let skip = 0; ; skip += 1000) {
    const response = await fetch(`${url}/v1/scripts?include=name&limit=1000&skip=${skip}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const text = await response.text()
    if (response.status === 204) return ids.filter((id) => !found.has(id))
    if (response.status !== 200) throw new Error(`${response.status} ${text}`)
    for (const { _id } of JSON.parse(text) as { _id: string }[]) found.add(_id)
  }
}
