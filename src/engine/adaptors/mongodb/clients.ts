/**
 * Clients of the driver, shared by the steps of a worker and closed some seconds after the last of them. Each knows one server that the connection names: what a
 * server says of others in its replica set is not followed, since no guard would have judged these addresses.
 */
import { createHash } from 'node:crypto'
import type * as MongoDB from 'mongodb'
import { checkLiteral, guardedLookup, type PrivateNetwork } from '../../outgoing/address-guard.ts'
import { toConnectionFailure } from '../database-failure.ts'
import { optionalPackage } from '../optional-package.ts'
import { toFailure } from './failure.ts'
import type { MongoTarget, Server } from './target.ts'

export const driver = optionalPackage<typeof MongoDB>('mongodb', '7', 'MongoDB')

/** Which members of a replica set may be asked. */
export type Reads = 'primary' | 'primaryPreferred' | 'secondary' | 'secondaryPreferred' | 'nearest'

/** How long a client waits for the next work. Milliseconds. */
const idleMs = 5_000
/** Until a server is found and has let somebody in; and an answer to one command. Milliseconds. */
const connectMs = 15_000
const answerMs = 300_000
/** Sessions of a client: as many as a concurrency level can be. */
const maxSessions = 50

export interface MongoClients {
  /** Throws `DatabaseFailure`. */
  use<T>(target: MongoTarget, reads: Reads, act: (client: MongoDB.MongoClient) => Promise<T>): Promise<T>
}

interface Shared {
  readonly client: MongoDB.MongoClient
  /** Rejects with the first thing that went wrong: the driver would try again until its time is over. */
  readonly connected: Promise<unknown>
  users: number
  timer: NodeJS.Timeout | undefined
}

export function mongoClients(privateNetwork: PrivateNetwork): MongoClients {
  const shared = new Map<string, Shared>()
  const take = (key: string, target: MongoTarget, server: Server): Shared => {
    const one = shared.get(key) ?? connect(create(target, server, privateNetwork))
    shared.set(key, one)
    clearTimeout(one.timer)
    one.users += 1
    return one
  }
  const close = (key: string, one: Shared): void => {
    if (shared.get(key) === one) shared.delete(key)
    if (one.users === 0) void one.client.close().catch(() => undefined)
  }
  const giveBack = (key: string, one: Shared): void => {
    one.users -= 1
    if (one.users > 0) return
    if (shared.get(key) === one) one.timer = setTimeout(() => close(key, one), idleMs).unref()
    else close(key, one)
  }
  /** The first that may be asked; where none may, why the last could not. */
  const open = async (target: MongoTarget, reads: Reads): Promise<{ readonly key: string; readonly one: Shared }> => {
    let failure: unknown
    for (const isStrict of reads.endsWith('Preferred') ? [true, false] : [true])
      for (const server of target.servers) {
        const where = `${server.host}:${server.port}`
        const key = createHash('sha256')
          .update(JSON.stringify([target, server]))
          .digest('base64')
        let one: Shared | undefined
        try {
          checkLiteral(server.host, privateNetwork)
          one = take(key, target, server)
          await one.connected
          if (target.servers.length === 1 || (await fits(one.client, isStrict ? reads : 'nearest'))) return { key, one }
          failure ??= toConnectionFailure(Object.assign(new Error('it is no such member'), { code: 'EHOSTUNREACH' }), where)
        } catch (error) {
          if (one && shared.get(key) === one) shared.delete(key)
          failure = error instanceof Error && !error.name.startsWith('Mongo') ? toConnectionFailure(error, where) : toFailure(error, where)
        }
        if (one) giveBack(key, one)
      }
    throw failure
  }
  return {
    async use(target, reads, act) {
      const { key, one } = await open(target, reads)
      try {
        return await act(one.client)
      } catch (error) {
        const failure = toFailure(error, describe(target))
        // A server that is another one's now, or is gone, is looked for anew.
        if ((failure as { passing?: boolean }).passing && shared.get(key) === one) shared.delete(key)
        throw failure
      } finally {
        giveBack(key, one)
      }
    },
  }
}

export const describe = ({ servers }: MongoTarget): string => servers.map(({ host, port }) => `${host}:${port}`).join(',')

function create(target: MongoTarget, { host, port }: Server, privateNetwork: PrivateNetwork): MongoDB.MongoClient {
  const { username, password, authSource, replicaSet, tls } = target
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return new (driver.load().MongoClient)(`mongodb://${address}/`, {
    directConnection: true,
    auth: { username, password },
    authSource,
    tls,
    ...(replicaSet && { replicaSet }),
    lookup: guardedLookup(privateNetwork),
    appName: 'Sluice',
    maxPoolSize: maxSessions,
    serverSelectionTimeoutMS: connectMs,
    connectTimeoutMS: connectMs,
    socketTimeoutMS: answerMs,
    retryReads: false,
    retryWrites: false,
  })
}

function connect(client: MongoDB.MongoClient): Shared {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  client.once('serverHeartbeatFailed', ({ failure }) => reject(failure))
  client.connect().then(resolve, reject)
  promise.catch(() => undefined)
  return { client, connected: promise, users: 0, timer: undefined }
}

async function fits(client: MongoDB.MongoClient, reads: Reads): Promise<boolean> {
  const { isWritablePrimary, secondary, msg } = await client.db('admin').command({ hello: 1 })
  // What stands before a cluster knows by itself whom to ask.
  if (reads === 'nearest' || msg === 'isdbgrid') return true
  return Boolean(reads.startsWith('primary') ? isWritablePrimary : secondary)
}
