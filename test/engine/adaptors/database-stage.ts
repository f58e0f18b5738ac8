/** What the tests of databases stand on: a real server emptied for each case, and the adaptor on it. */
import type { ConnectionDoc } from '../../../src/engine/adaptor.ts'
import { rdbms } from '../../../src/engine/adaptors/rdbms/adaptor.ts'
import type { DatabasePorts } from '../../../src/engine/adaptors/rdbms/client.ts'
import { createHttpClient } from '../../../src/engine/outgoing/client.ts'
import type { OutsideDatabase } from '../../harness/outside-databases.ts'
import { evaluator } from '../evaluator.ts'
import { connectionTo, unlimited } from './stage.ts'

/** The same for every database, or by its kind. */
export type PerKind<T> = T | { readonly postgresql?: T; readonly mariadb?: T }

export const forKind = <T extends readonly unknown[] | string>(given: PerKind<T> | undefined, { kind }: OutsideDatabase): T | undefined =>
  typeof given === 'object' && !Array.isArray(given) ? (given as { postgresql?: T; mariadb?: T })[kind] : (given as T | undefined)

export async function emptied(database: OutsideDatabase, before: PerKind<readonly string[]> = []): Promise<void> {
  const clearing =
    database.kind === 'postgresql'
      ? ['drop schema public cascade', 'create schema public']
      : ['drop database shop', 'create database shop character set utf8mb4', 'use shop']
  await database.ask(...clearing, ...(forKind(before, database) ?? []))
}

export function connectionToDatabase({ kind, host, port, database, user, password }: OutsideDatabase, more: object = {}): ConnectionDoc {
  const block = { type: kind, host, port, database, user, password, ...more }
  return { ...connectionTo(''), http: undefined, type: 'rdbms', rdbms: block } as unknown as ConnectionDoc
}

let sending: DatabasePorts['send'] | undefined
const send: DatabasePorts['send'] = (request, signal) => (sending ??= createHttpClient({ privateNetwork: 'allow' }).send)(request, signal)

export const databasePorts: DatabasePorts = { slots: unlimited, evaluator, privateNetwork: 'allow', firstWait: 5, send }

export const adaptorOf = (ports: Partial<DatabasePorts> = {}) => rdbms({ ...databasePorts, ...ports })
