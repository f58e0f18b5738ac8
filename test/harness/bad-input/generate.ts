/** Makes the bad requests of one operation from what the contract says of it: an operation that is added is attacked without being named. */
import { documentOperations } from '../../../src/contract/operations/index.ts'
import type { Operation } from '../../../src/contract/operation.ts'
import type { Collection } from '../../../src/contract/resources/index.ts'
import { samples, type Ids } from '../samples.ts'
import { parameterOf, type Everything } from './account.ts'
import { anotherType, huge, wrongInside, wrongWhole, type Sent } from './bodies.ts'
import { simplest } from './places.ts'
import type { Random } from './random.ts'
import type { BadRequest } from './request.ts'
import { fill, wrongPaths, wrongQueries } from './targets.ts'
import type { WrongIds } from './values.ts'

export interface Accounts {
  readonly own: Everything
  readonly theirs: Everything
  readonly nobody: string
}

/** Bad requests of one kind for each operation. */
const eachKind = { path: 3, query: 2, inside: 7, whole: 4 }
/** One operation in so many is sent bodies of megabytes. */
const hugeOnceIn = 16

export function badRequests(id: string, operation: Operation, { own, theirs, nobody }: Accounts, random: Random): BadRequest[] {
  const { retryDataKey: _ours, ...ownIds } = own
  const { retryDataKey: _others, ...theirIds } = theirs
  const ids: WrongIds = { own: ownIds, theirs: theirIds, nobody }
  const { method, body: schema } = operation
  const values = Object.fromEntries(
    Object.keys(operation.params?.properties ?? {}).map((name) => [name, parameterOf(operation.path, name, own, nobody)]),
  )
  const path = fill(operation.path, values)
  const right = rightBody(id, operation, own, nobody)
  const rightText = right === undefined ? {} : { body: JSON.stringify(right) }
  const withRight = (target: Omit<BadRequest, 'method'>): BadRequest => ({ method, ...rightText, ...target })
  const withBody = (sent: Sent): BadRequest => ({ method, path, ...sent })
  const sent = schema
    ? [
        ...wrongInside(schema, right, eachKind.inside, random, ids),
        ...wrongWhole(right, eachKind.whole, random).map((each) => taken(schema, each)),
      ]
    : method === 'GET'
      ? []
      : wrongWhole({}, eachKind.whole, random).map(({ mustRefuse: _none, ...body }) => body)
  const large = schema && random.below(hugeOnceIn) === 0 ? [random.pick(huge())] : []
  return [
    ...wrongPaths(operation, values, eachKind.path, random, ids).map(withRight),
    ...[...sent, ...large].map(withBody),
    ...wrongQueries(operation, path, eachKind.query, random).map(withRight),
    withRight({ what: 'nothing', path }),
  ]
}

/** Where any JSON is right, so is one of another type. */
const taken = (schema: object, { mustRefuse, ...sent }: Sent): Sent =>
  mustRefuse && !(sent.what === anotherType && !('type' in schema) && !('anyOf' in schema)) ? { ...sent, mustRefuse } : sent

function rightBody(id: string, { body }: Operation, own: Everything, nobody: string): unknown {
  if (!body) return undefined
  const collection = documentOperations[id]?.collection as Collection | undefined
  if (collection) return samples[collection](own as unknown as Ids)
  return simplest(body, (of) => own[of] ?? nobody)
}
