/** What a connection says of where its MongoDB is. */
import { StepFailure, type ConnectionDoc } from '../../adaptor.ts'
import { refuseFields } from '../../fields/refuse-fields.ts'

export interface Server {
  readonly host: string
  readonly port: number
}

export interface MongoTarget {
  readonly servers: readonly Server[]
  readonly username: string
  readonly password: string
  readonly authSource: string
  readonly replicaSet?: string
  readonly tls: boolean
  readonly database?: string
}

const usualPort = 27_017

const refuse = (code: string, message: string): StepFailure => new StepFailure({ source: 'connection', code, message })

/** Throws `StepFailure` where no step can work over the connection. */
export function readMongoTarget(connection: ConnectionDoc | undefined): MongoTarget {
  if (connection?.type !== 'mongodb') throw refuse('connection_missing', 'The step has no connection to MongoDB.')
  refuseFields('connections', connection)
  const { host = [], username, password, authSource, replicaSet, ssl, database } = connection.mongodb ?? {}
  const servers = host.flatMap((text) => text.split(',')).map((text) => readServer(connection.name, text))
  if (servers.length === 0 || !username || password === undefined)
    throw refuse('configuration_missing', `The connection ${connection.name} does not say its servers, its user and its password.`)
  return {
    servers,
    username,
    password,
    authSource: authSource || 'admin',
    tls: ssl ?? false,
    ...(replicaSet && { replicaSet }),
    ...(database && { database }),
  }
}

function readServer(connection: string, text: string): Server {
  const [, inBrackets, plain, port] = /^\s*(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?\s*$/.exec(text) ?? []
  const host = inBrackets ?? plain
  const number = port === undefined ? usualPort : Number(port)
  if (host !== undefined && number > 0 && number <= 65_535) return { host, port: number }
  throw refuse('invalid_host', `The connection ${connection} names its servers as name:port, and no address begins with mongodb://.`)
}

/** Of a step: its collection, in the database of the connection, or after the name of another one. Throws `StepFailure`. */
export function readNamespace(
  { database }: MongoTarget,
  collection: string | undefined,
): { readonly database: string; readonly collection: string } {
  const name = collection?.trim() ?? ''
  if (name === '')
    throw new StepFailure({
      source: 'internal',
      code: 'configuration_missing',
      message: 'The step names no collection (mongodb.collection).',
    })
  if (database) return { database, collection: name }
  const dot = name.indexOf('.')
  if (dot > 0) return { database: name.slice(0, dot), collection: name.slice(dot + 1) }
  throw new StepFailure({
    source: 'internal',
    code: 'configuration_missing',
    message: `The connection names no database: say it there, or before the collection, as in shop.${name}.`,
  })
}
