/**
 * Watches the hosts of a database, where there are several: which of them takes writes at the moment. Sessions at any other are ended, so that whoever uses
 * them is told at once, and not when a network that was cut gives up.
 */
import pg from 'pg'
import { type DatabaseConfig, splitHosts } from './database-hosts.ts'
import { findReason } from './explain-connection-error.ts'
import { ReadOnlyError, toClientConfig } from './client-config.ts'

/** How often each host is asked. Milliseconds. */
const lookMs = 1000
/** How long it may take to answer. Milliseconds. */
const answerMs = 3000
/** Who wants to connect waits this long for a host that takes writes: a restart is over by then, for a failover callers come again. Milliseconds. */
const findMs = 5000
/** A host that was asked so often without an answer is gone, and so are the sessions there: 12 s where its network is cut. */
const mostSilences = 3

export interface Address {
  readonly host: string
  readonly port: number
}

/** What is ended where its host is no longer the one. */
export interface Session {
  end(reason: Error): void
}

interface Host {
  readonly config: DatabaseConfig
  readonly address: Address
  session: pg.Client | undefined
  isAsked: boolean
  /** The number of its timeline, which each promotion raises; 0 where it takes no writes. */
  timeline: number
  /** Why it takes none, as the end of a sentence. */
  reason: string
  silences: number
}

/** In recovery there is no position to write at. */
const question = `select case when pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean then '0'
  else left(pg_walfile_name(pg_current_wal_lsn()), 8) end as timeline`

export class PrimaryWatch {
  readonly #hosts: readonly Host[]
  readonly #sessions = new Map<Session, Host>()
  readonly #waiting = new Set<() => void>()
  /** Told of each primary that is another one than before. */
  onPrimary: (address: Address) => void = () => undefined
  #primary: Host | undefined
  #told: Host | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(configs: readonly DatabaseConfig[]) {
    this.#hosts = configs.map((config) => {
      const { host, port } = new pg.Client(toClientConfig(config))
      return {
        config,
        address: { host, port },
        session: undefined,
        isAsked: false,
        timeline: 0,
        reason: 'it was not asked yet',
        silences: 0,
      }
    })
  }

  /** The host where a session can write, for a session that is about to connect there. */
  async enter(session: Session): Promise<Address> {
    this.#start()
    try {
      const host = this.#primary ?? (await this.#find())
      this.#sessions.set(session, host)
      return host.address
    } finally {
      this.#stopIfUnused()
    }
  }

  leave(session: Session): void {
    this.#sessions.delete(session)
    this.#stopIfUnused()
  }

  #find(): Promise<Host> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        if (!this.#primary) return
        end()
        resolve(this.#primary)
      }
      const end = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
      }
      const timer = setTimeout(() => {
        end()
        const reasons = this.#hosts.map(({ address: { host, port }, reason }) => `${host}:${port}: ${reason}`)
        reject(new ReadOnlyError(`none of its hosts takes writes: ${reasons.join('; ')}`))
      }, findMs)
      this.#waiting.add(wake)
    })
  }

  #start(): void {
    if (this.#timer) return
    const look = (): void => this.#hosts.forEach((host) => void this.#ask(host))
    this.#timer = setInterval(look, lookMs).unref()
    look()
  }

  #stopIfUnused(): void {
    if (this.#sessions.size > 0 || this.#waiting.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#primary = undefined
    for (const host of this.#hosts) giveUp(host)
  }

  async #ask(host: Host): Promise<void> {
    if (host.isAsked) return
    host.isAsked = true
    try {
      host.timeline = await askTimeline(host)
      host.reason = 'it is a standby, or read-only'
      host.silences = 0
    } catch (error) {
      giveUp(host)
      host.reason = findReason(error)
      // Where PostgreSQL itself refuses, such as for want of connections, those that are there go on.
      if (!isSaidByPostgres(error)) host.silences += 1
    } finally {
      host.isAsked = false
    }
    if (this.#timer) this.#decide()
    else giveUp(host)
  }

  /** Of two that take writes, the one that was promoted later: the other one does not know of that yet. */
  #decide(): void {
    const latest = Math.max(...this.#hosts.map(({ timeline }) => timeline))
    const isLatest = (host: Host): boolean => host.timeline > 0 && host.timeline === latest
    this.#primary = this.#primary && isLatest(this.#primary) ? this.#primary : this.#hosts.find(isLatest)
    for (const [session, host] of this.#sessions) {
      if (host === this.#primary) continue
      const isOver = this.#primary !== undefined || host.silences >= mostSilences || (host.session !== undefined && host.timeline === 0)
      if (isOver) session.end(new ReadOnlyError('another host of the database takes the writes now'))
    }
    if (!this.#primary) return
    if (this.#primary !== this.#told) this.onPrimary(this.#primary.address)
    this.#told = this.#primary
    for (const wake of this.#waiting) wake()
  }
}

async function askTimeline(host: Host): Promise<number> {
  host.session ??= await open(host.config)
  const { rows } = await host.session.query<{ timeline: string }>(question)
  return Number.parseInt(rows[0]?.timeline ?? '0', 16)
}

async function open(config: DatabaseConfig): Promise<pg.Client> {
  const session = new pg.Client({
    ...toClientConfig(config),
    application_name: 'sluice primary',
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
    // A standby that replays what locks its catalogs would let the question wait.
    statement_timeout: answerMs,
  })
  // Whoever asks is told by the question. Unheard, the event would end the program.
  session.on('error', () => {})
  await session.connect()
  return session
}

function giveUp(host: Host): void {
  const { session } = host
  host.session = undefined
  host.timeline = 0
  session?.end().catch(() => {})
  // A network that is cut lets nobody say goodbye.
  session?.connection.stream.destroy()
}

const isSaidByPostgres = (error: unknown): boolean => error instanceof pg.DatabaseError

/** By address: all sessions of a program are looked after by one. One that looks after none does nothing. */
const watches = new Map<string, PrimaryWatch>()

/** Undefined where there is one host. */
export function watchPrimary(config: DatabaseConfig): PrimaryWatch | undefined {
  const hosts = splitHosts(config)
  if (typeof config !== 'string' || hosts.length === 1) return undefined
  const known = watches.get(config) ?? new PrimaryWatch(hosts)
  watches.set(config, known)
  return known
}
