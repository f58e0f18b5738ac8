/** What a document may refer to, by who writes it: only what is theirs to change, or was referred to before. */
import { describe, expect, test } from 'vitest'
import type { Collection } from '../../../src/contract/resources/index.ts'
import { checkWriteAccess } from '../../../src/domain/access/access.ts'
import { checkReferences } from '../../../src/domain/access/reference-access.ts'
import type { Reference } from '../../../src/domain/ports/document.ts'
import { contextOf, doc, id, outcome, type Scene } from './stage.ts'

const to = (collection: string, name: string, path = '_connectionId'): Reference => ({ path, collection, id: id(name) })
const belongs = { [id('myConn')]: [id('mine')], [id('alien')]: [id('others')], [id('seen')]: [id('watched')] }
const documents = { integrations: [doc('mine'), doc('watched')], connections: [doc('myConn'), doc('alien'), doc('seen')] }
const caller: Scene['caller'] = { level: 'manage', reach: { integrations: { [id('mine')]: 'manage', [id('watched')]: 'monitor' } } }

interface Case {
  readonly name: string
  readonly collection?: Collection
  readonly doc?: Readonly<Record<string, unknown>>
  readonly references?: readonly Reference[]
  /** Undefined for a new document. */
  readonly known?: readonly Reference[]
  readonly scene?: Scene
  readonly expected: string
}
const cases: readonly Case[] = [
  { name: 'an owner refers to anything', scene: { caller: {} }, references: [to('connections', 'alien')], expected: 'ok' },
  { name: 'to what they manage', references: [to('connections', 'myConn')], expected: 'ok' },
  { name: 'to what they may only look at', references: [to('connections', 'seen')], expected: 'invalid_ref' },
  { name: 'to what is not open to them', references: [to('connections', 'alien')], expected: 'invalid_ref' },
  {
    name: 'to what was referred to before',
    references: [to('connections', 'alien')],
    known: [to('connections', 'alien')],
    expected: 'ok',
  },
  {
    name: 'to what was named as the next to run, and becomes a part now',
    references: [to('flows', 'alien', 'pageGenerators.0._exportId')],
    known: [to('flows', 'alien', '_runNextFlowIds.0')],
    expected: 'invalid_ref',
  },
  {
    name: 'to what is written along with it',
    scene: { caller, belongs, documents, making: [`connections/${id('alien')}`] },
    references: [to('connections', 'alien')],
    expected: 'ok',
  },
  { name: 'a new one of a type that belongs through being used', collection: 'connections', expected: 'ok' },
  { name: 'a new one that says where it belongs', collection: 'flows', doc: { _integrationId: id('mine') }, expected: 'ok' },
  { name: 'a new one that says not where it belongs', collection: 'flows', expected: 'access_denied' },
  { name: 'a new one of what is the account’s', collection: 'stacks', expected: 'access_denied' },
  {
    name: 'a new one, by whoever manages no integration that is there',
    collection: 'connections',
    scene: { caller: { level: 'manage', reach: { integrations: { [id('watched')]: 'monitor' } } }, belongs, documents },
    expected: 'access_denied',
  },
  {
    name: 'a script makes a new one, whatever there is',
    collection: 'connections',
    scene: { caller: { level: 'manage', reach: { integrations: {}, callId: id('call') } }, belongs, documents },
    expected: 'ok',
  },
  {
    name: 'a token for some documents refers to these',
    scene: { caller: { scopes: { _connectionIds: [id('alien')] } }, documents },
    references: [to('connections', 'alien')],
    expected: 'ok',
  },
  {
    name: 'and to no others',
    scene: { caller: { scopes: { _connectionIds: [id('alien')] } }, documents },
    references: [to('connections', 'myConn')],
    expected: 'invalid_ref',
  },
]

describe('a document', () => {
  test.each(cases)('$name: $expected', async ({ collection = 'exports', doc: sent = {}, references = [], known, scene, expected }) => {
    const ctx = contextOf(scene ?? { caller, belongs, documents })
    const before = known ?? (collection === 'exports' ? [] : undefined)
    expect(await outcome(() => checkWriteAccess(ctx, ctx.store, collection, sent, references, before))).toBe(expected)
  })

  test('that refers to what nobody has is refused, whoever writes it', async () => {
    const ctx = contextOf({ documents })
    const refers = (name: string) => outcome(() => checkReferences(ctx, 'exports', {}, [to('connections', name)], undefined))
    expect([await refers('myConn'), await refers('nowhere')]).toEqual(['ok', 'invalid_ref'])
  })
})
