/** Work for a cluster, each kind with a ledger of what has to be there afterwards: writes over the API, events of a webhook, and flows that run again and again. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Ledger, pageSize, records } from './ledger.ts'
import { ownAddress } from './machines.ts'

export const token = 'token-of-the-trial-of-the-cluster'
/** What the application takes for a record. Milliseconds. */
const answerMs = 20
/** A request that nobody answers is given up, later than Sluice and the proxy do. Milliseconds. */
const patienceMs = 90_000
/** Between tries. Milliseconds. */
const againMs = 100

interface Sent {
  readonly id: string | number
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Moments at which something got through, on the monotonic clock: a write, an event that is taken and one that comes through its flow, a record of one of the two flows. */
export type Moments = number[]

export class Load {
  readonly #nextApi: () => string
  readonly #address: string
  readonly ledger = new Ledger()
  readonly #runNumbers = new Map<string, number>()
  /** Runs whose number is known. */
  readonly #jobIds = new Set<string>()
  refused = 0
  unanswered = 0
  readonly moments: Readonly<Record<'writes' | 'events' | 'arrivals' | 'first' | 'second', Moments>> = {
    writes: [],
    events: [],
    arrivals: [],
    first: [],
    second: [],
  }
  #closeApplication: () => void = () => undefined
  #isGoing = true
  #isAbandoned = false
  #working: Promise<unknown>[] = []

  /** Of the servers that `nextApi` names in turns, or of the proxy before them; `address` is where the application is. */
  constructor(nextApi: () => string, address: string = ownAddress) {
    this.#nextApi = nextApi
    this.#address = address
  }

  async begin(): Promise<void> {
    const connectionId = await this.#openApplication()
    const flows = [await this.#makeFlow('first', connectionId), await this.#makeFlow('second', connectionId)]
    const hook = await this.#makeHook(connectionId)
    const writers = Array.from({ length: 4 }, () => this.#again(() => this.#write()))
    const senders = Array.from({ length: 2 }, () => this.#again(() => this.#sendEvent(hook)))
    this.#working = [...writers, ...senders, ...flows.map(([name, _id]) => this.#again(() => this.#run(name, _id)))]
  }

  /** Its runs end; what comes of them is compared afterwards. */
  async end(): Promise<void> {
    this.#isGoing = false
    await Promise.all(this.#working)
    this.abandon()
  }

  /** Of a cluster that is no more. */
  abandon(): void {
    this.#isGoing = false
    this.#isAbandoned = true
    this.#closeApplication()
  }

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.#nextApi()}/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  async #again(act: () => Promise<void>): Promise<void> {
    while (this.#isGoing)
      await act().catch(async () => {
        this.unanswered += 1
        await pause(againMs)
      })
  }

  /** Whether it was done; else what was said is looked at. */
  async #isDone(what: string, { status, headers, text }: Answer, done: number): Promise<boolean> {
    if (status === done) return true
    if ([429, 503].includes(status) && Number(headers.get('retry-after')) > 0) this.refused += 1
    // The proxy says so of a server that was killed while it had the request.
    else if (status === 502) this.unanswered += 1
    else this.ledger.noteUnexpected(`${what} answered ${status}: ${text.slice(0, 300)}`)
    await pause(againMs)
    return false
  }

  async #write(): Promise<void> {
    const answer = await this.call('POST', 'scripts', { name: 'a', content: 'function f() {}' })
    if (!(await this.#isDone('a write', answer, 201))) return
    this.ledger.acknowledgeWrite((JSON.parse(answer.text) as { _id: string })._id)
    this.moments.writes.push(performance.now())
    await pause(againMs)
  }

  #lastEvent = 0
  async #sendEvent(path: string): Promise<void> {
    const id = (this.#lastEvent += 1)
    const answer = await this.call('POST', path, { id })
    if (!(await this.#isDone('an event', answer, 204))) return
    this.ledger.acknowledgeEvent(id)
    this.moments.events.push(performance.now())
    await pause(againMs)
  }

  async #run(flow: string, _id: string): Promise<void> {
    const number = (this.#runNumbers.get(flow) ?? 0) + 1
    this.#runNumbers.set(flow, number)
    this.ledger.beginRun(flow, number)
    const jobId = await this.#startRun(_id)
    this.#jobIds.add(jobId)
    while (!this.#isAbandoned) {
      const answer = await this.call('GET', `jobs/${jobId}`).catch(() => undefined)
      const job = answer?.status === 200 ? (JSON.parse(answer.text) as { status: string; numSuccess: number; endedAt?: string }) : undefined
      if (job?.endedAt !== undefined) {
        this.ledger.endRun({ flow, number, jobId, status: job.status, numSuccess: job.numSuccess })
        return
      }
      if (answer?.status === 404) return this.ledger.endRun({ flow, number, jobId, status: 'lost', numSuccess: 0 })
      await pause(200)
    }
  }

  /** A request that was not answered may have started it, and the run may have ended since. */
  async #startRun(_flowId: string): Promise<string> {
    while (!this.#isAbandoned) {
      const answer = await this.call('POST', `flows/${_flowId}/run`).catch(() => undefined)
      if (answer?.status === 201) return (JSON.parse(answer.text) as { _jobId: string })._jobId
      if (answer && answer.status < 500) throw new Error(`a run was answered ${answer.status}: ${answer.text}`)
      await pause(1000)
      const jobs = await this.call('GET', `jobs?_flowId=${_flowId}&type=flow`).catch(() => undefined)
      if (jobs?.status !== 200) continue
      const begun = (JSON.parse(jobs.text) as { _id: string }[]).find(({ _id }) => !this.#jobIds.has(_id))
      if (begun) return begun._id
    }
    return ''
  }

  async #openApplication(): Promise<string> {
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const [, kind, name = ''] = (request.url ?? '').split(/[/?]/)
      let text = ''
      for await (const chunk of request) text += String(chunk)
      await pause(answerMs)
      const said = kind === 'source' ? { records: this.#page(name, request.url ?? '') } : this.#take(name, JSON.parse(text) as Sent)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said))
    }
    const server = createServer((request, response) => void answer(request, response)).listen(0, this.#address)
    this.#closeApplication = () => void server.close()
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const http = { mediaType: 'json', baseURI: `http://${this.#address}:${port}` }
    return this.#make('connections', { name: 'application', type: 'http', http: { ...http, concurrencyLevel: 10 } })
  }

  #page(flow: string, url: string): { id: string }[] {
    const asked = new URL(url, 'http://application').searchParams
    const skip = Number(asked.get('skip'))
    const length = Math.max(0, Math.min(Number(asked.get('limit')), records - skip))
    return Array.from({ length }, (_, n) => ({ id: `${this.#runNumbers.get(flow)}-${skip + n}` }))
  }

  #take(name: string, { id }: Sent): Sent {
    this.ledger.take(name, id)
    this.moments[name === 'first' || name === 'second' ? name : 'arrivals'].push(performance.now())
    return { id }
  }

  async #make(collection: string, body: object): Promise<string> {
    const { status, text } = await this.call('POST', collection, body)
    if (status !== 201) throw new Error(`POST ${collection} answered ${status}: ${text}`)
    return (JSON.parse(text) as { _id: string })._id
  }

  async #makeFlow(name: string, _connectionId: string): Promise<readonly [string, string]> {
    const http = {
      method: 'GET',
      relativeURI: `/source/${name}?limit=50&skip={{export.http.paging.skip}}`,
      response: { resourcePath: 'records' },
      paging: { method: 'skip', skip: 0 },
    }
    const _exportId = await this.#make('exports', { name, adaptorType: 'HTTPExport', _connectionId, pageSize, http })
    return [name, await this.#makeSink(name, _connectionId, _exportId)]
  }

  async #makeHook(_connectionId: string): Promise<string> {
    const webhook = { verify: 'secret_url', token: 'token-of-the-events' }
    const _exportId = await this.#make('exports', { name: 'events', adaptorType: 'WebhookExport', type: 'webhook', pageSize, webhook })
    this.ledger.setEventFlow(await this.#makeSink('events', _connectionId, _exportId))
    return `exports/${_exportId}/${webhook.token}/data`
  }

  async #makeSink(name: string, _connectionId: string, _exportId: string): Promise<string> {
    const http = { method: ['POST'], relativeURI: [`/sink/${name}`] }
    const _importId = await this.#make('imports', { name, adaptorType: 'HTTPImport', _connectionId, http })
    return this.#make('flows', { name, pageGenerators: [{ _exportId }], pageProcessors: [{ type: 'import', _importId }] })
  }
}
