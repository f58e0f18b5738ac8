/** Work for a cluster, each kind with a ledger of what has to be there afterwards: writes over the API, events of a webhook, and flows that run again and again. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { ownAddress } from './machines.ts'

export const token = 'token-of-the-trial-of-the-cluster'
const records = 1500
const pageSize = 10
export const pagesInFlight = 4
/** What the application takes for a record. Milliseconds. */
const answerMs = 20
/** A request that nobody answers is given up, later than Sluice and the proxy do. Milliseconds. */
const patienceMs = 90_000
/** Between tries. Milliseconds. */
const againMs = 100

/** Events of the last fault wait for a run, and the run for a worker. Milliseconds. */
const arriveMs = 120_000

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export interface Run {
  readonly flow: string
  readonly number: number
  readonly jobId: string
  readonly status: string
  readonly numSuccess: number
}

/** Moments at which something got through, on the monotonic clock: a write, an event that is taken and one that comes through its flow, a record of one of the two flows. */
export type Moments = number[]

export class Load {
  readonly #api: string
  readonly #written: string[] = []
  readonly #events: number[] = []
  readonly #runs: Run[] = []
  /** What each sink took, by its id, and how often. */
  readonly #ledger = new Map<string, number>()
  readonly #runNumbers = new Map<string, number>()
  /** Answers that say neither «done» nor «come again». */
  readonly unexpected: string[] = []
  refused = 0
  unanswered = 0
  readonly moments: Readonly<Record<'writes' | 'events' | 'arrivals' | 'first' | 'second', Moments>> = {
    writes: [],
    events: [],
    arrivals: [],
    first: [],
    second: [],
  }
  #application: Server | undefined
  #isGoing = true
  #working: Promise<unknown>[] = []

  constructor(api: string) {
    this.#api = api
  }

  async begin(): Promise<void> {
    const connectionId = await this.#openApplication()
    const flows = [await this.#makeFlow('first', connectionId), await this.#makeFlow('second', connectionId)]
    const hook = await this.#makeHook(connectionId)
    const writers = Array.from({ length: 4 }, () => this.#again(() => this.#write()))
    const senders = Array.from({ length: 2 }, () => this.#again(() => this.#sendEvent(hook)))
    this.#working = [...writers, ...senders, ...flows.map(([name, _id]) => this.#again(() => this.#run(name, _id)))]
  }

  /** Waits for the runs, too: each has to end. */
  async end(): Promise<void> {
    this.#isGoing = false
    await Promise.all(this.#working)
  }

  /** What is missing or too much, in words; nothing where all is well. `takenUp` says how often a run was taken up. */
  async settle(takenUp: (jobId: string) => Promise<number>): Promise<string[]> {
    await this.#arrive()
    this.#application?.close()
    const lost = await this.#missing()
    const events = this.#events.filter((id) => !this.#ledger.has(`events/${id}`))
    const wrong = this.unexpected.slice(0, 20)
    if (lost.length > 0) wrong.push(`${lost.length} of ${this.#written.length} acknowledged writes are lost`)
    if (events.length > 0) wrong.push(`${events.length} of ${this.#events.length} acknowledged events are lost`)
    let twice = 0
    for (const run of this.#runs) {
      const counts = Array.from({ length: records }, (_, n) => this.#ledger.get(`${run.flow}/${run.number}-${n}`) ?? 0)
      const [never, more] = [counts.filter((count) => count === 0).length, counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0)]
      const allowed = ((await takenUp(run.jobId)) - 1) * pagesInFlight * pageSize
      twice += more
      if (run.status !== 'completed' || run.numSuccess !== records)
        wrong.push(`the run ${run.jobId} ended as ${run.status} with ${run.numSuccess} records`)
      if (never > 0) wrong.push(`${never} records of the run ${run.jobId} were not sent`)
      if (more > allowed) wrong.push(`the run ${run.jobId} sent ${more} records twice, and ${allowed} may be`)
    }
    const sent = `${this.#written.length} writes and ${this.#events.length} events acknowledged, ${this.#runs.length} runs of ${records} records`
    console.log(`${sent}; ${twice} records sent twice, ${this.refused} requests told to come again, ${this.unanswered} not answered`)
    return wrong
  }

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.#api}/v1/${path}`, {
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
    else this.unexpected.push(`${what} answered ${status}: ${text.slice(0, 300)}`)
    await pause(againMs)
    return false
  }

  async #write(): Promise<void> {
    const answer = await this.call('POST', 'scripts', { name: 'a', content: 'function f() {}' })
    if (!(await this.#isDone('a write', answer, 201))) return
    this.#written.push((JSON.parse(answer.text) as { _id: string })._id)
    this.moments.writes.push(performance.now())
    await pause(againMs)
  }

  #lastEvent = 0
  async #sendEvent(path: string): Promise<void> {
    const id = (this.#lastEvent += 1)
    const answer = await this.call('POST', path, { id })
    if (!(await this.#isDone('an event', answer, 204))) return
    this.#events.push(id)
    this.moments.events.push(performance.now())
    await pause(againMs)
  }

  async #run(flow: string, _id: string): Promise<void> {
    const number = (this.#runNumbers.get(flow) ?? 0) + 1
    this.#runNumbers.set(flow, number)
    const jobId = await this.#startRun(_id)
    for (;;) {
      const answer = await this.call('GET', `jobs/${jobId}`).catch(() => undefined)
      const job = answer?.status === 200 ? (JSON.parse(answer.text) as { status: string; numSuccess: number; endedAt?: string }) : undefined
      if (job?.endedAt !== undefined) {
        this.#runs.push({ flow, number, jobId, status: job.status, numSuccess: job.numSuccess })
        return
      }
      await pause(200)
    }
  }

  /** A request that was not answered may have started it. */
  async #startRun(_flowId: string): Promise<string> {
    for (;;) {
      const answer = await this.call('POST', `flows/${_flowId}/run`).catch(() => undefined)
      if (answer?.status === 201) return (JSON.parse(answer.text) as { _jobId: string })._jobId
      if (answer && answer.status < 500) throw new Error(`a run was answered ${answer.status}: ${answer.text}`)
      await pause(1000)
      const jobs = await this.call('GET', `jobs?_flowId=${_flowId}&type=flow`).catch(() => undefined)
      const begun =
        jobs?.status === 200
          ? (JSON.parse(jobs.text) as { _id: string; endedAt?: string }[]).find(({ endedAt }) => endedAt === undefined)
          : undefined
      if (begun) return begun._id
    }
  }

  /** Until every event that was acknowledged has come through its flow. */
  async #arrive(): Promise<void> {
    const until = performance.now() + arriveMs
    while (this.#events.some((id) => !this.#ledger.has(`events/${id}`)) && performance.now() < until) await pause(250)
    // A request of a worker that has lost its run may still be under way.
    await pause(2000)
  }

  async #missing(): Promise<readonly string[]> {
    const found = new Set<string>()
    for (let skip = 0; ; skip += 1000) {
      const { status, text } = await this.call('GET', `scripts?include=name&limit=1000&skip=${skip}`)
      if (status === 204) return this.#written.filter((id) => !found.has(id))
      if (status !== 200) throw new Error(`the list of scripts was answered ${status}: ${text}`)
      for (const { _id } of JSON.parse(text) as { _id: string }[]) found.add(_id)
    }
  }

  async #openApplication(): Promise<string> {
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const [, kind, name = ''] = (request.url ?? '').split(/[/?]/)
      let text = ''
      for await (const chunk of request) text += String(chunk)
      await pause(answerMs)
      const said =
        kind === 'source' ? { records: this.#page(name, request.url ?? '') } : this.#take(name, JSON.parse(text) as { id: unknown })
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said))
    }
    const server = createServer((request, response) => void answer(request, response)).listen(0, ownAddress)
    this.#application = server
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const http = { mediaType: 'json', baseURI: `http://${ownAddress}:${port}` }
    return this.#make('connections', { name: 'application', type: 'http', http: { ...http, concurrencyLevel: 10 } })
  }

  #page(flow: string, url: string): { id: string }[] {
    const asked = new URL(url, 'http://application').searchParams
    const skip = Number(asked.get('skip'))
    const length = Math.max(0, Math.min(Number(asked.get('limit')), records - skip))
    return Array.from({ length }, (_, n) => ({ id: `${this.#runNumbers.get(flow)}-${skip + n}` }))
  }

  #take(name: string, { id }: { id: unknown }): { id: unknown } {
    const key = `${name}/${String(id)}`
    this.#ledger.set(key, (this.#ledger.get(key) ?? 0) + 1)
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
    const _exportId = await this.#make('exports', { name: 'events', adaptorType: 'WebhookExport', type: 'webhook', webhook })
    await this.#makeSink('events', _connectionId, _exportId)
    return `exports/${_exportId}/${webhook.token}/data`
  }

  async #makeSink(name: string, _connectionId: string, _exportId: string): Promise<string> {
    const http = { method: ['POST'], relativeURI: [`/sink/${name}`] }
    const _importId = await this.#make('imports', { name, adaptorType: 'HTTPImport', _connectionId, http })
    return this.#make('flows', { name, pageGenerators: [{ _exportId }], pageProcessors: [{ type: 'import', _importId }] })
  }
}
