/** What callers of operations see as types: each operation's params, query, body and result are those of its schemas, and none is looser than that. */
import { expect, expectTypeOf, test } from 'vitest'
import { createClient, type CallInput } from '../../src/contract/call.ts'
import { nameDocumentOperation, operations } from '../../src/contract/operations/index.ts'
import type { OperationBody, OperationName, OperationParams, OperationQuery, OperationResult } from '../../src/contract/operations/index.ts'
import { resources, type Collection } from '../../src/contract/resources/index.ts'

/** Why a type says nothing of what it holds: `any`, `unknown`, `never`, an object of any fields or of none, or a list or map of such. */
type Looseness<T> = 0 extends 1 & T
  ? 'any'
  : unknown extends T
    ? 'unknown'
    : [T] extends [never]
      ? 'never'
      : T extends string | number | boolean | null | undefined | Uint8Array
        ? never
        : T extends readonly (infer Item)[]
          ? Looseness<Item>
          : string extends keyof T
            ? Looseness<T[string]>
            : keyof T extends never
              ? 'no field'
              : never

type Loose<Types extends Record<OperationName, unknown>> = {
  [N in OperationName]: Looseness<Types[N]> extends never ? never : N
}[OperationName]

type Stateful = 'Connection' | 'Export' | 'Flow' | 'Import' | 'Integration' | ''

test('every operation has a name of its own', () => {
  expectTypeOf<string extends OperationName ? true : false>().toEqualTypeOf<false>()
  expectTypeOf<'getFlow' | 'listLookupcaches' | 'updateEDIProfile' | 'listAPIDependencies' | 'runFlow'>().toExtend<OperationName>()
})

test('the names of operations on documents are those of their types', () => {
  for (const collection of Object.keys(resources) as Collection[]) {
    const { model, operations: ofType } = resources[collection]
    const plural = collection.replace(/^./, (first) => first.toUpperCase())
    expect(operations[`list${plural}`]).toBe(ofType.list)
    expect(operations[`create${model}`]).toBe(ofType.create)
    expect(operations[`get${model}`]).toBe(ofType.read)
    expect(operations[`update${model}`]).toBe(ofType.replace)
    expect(operations[`delete${model}`]).toBe(ofType.remove)
    expect(operations[`list${model}Dependencies`]).toBe(ofType.dependencies)
    expect(operations[`list${model}Audit`]).toBe(ofType.audit)
    expect(nameDocumentOperation(collection, 'replace')).toBe(`update${model}`)
  }
})

test('params and queries of every operation are typed', () => {
  expectTypeOf<Loose<{ [N in OperationName]: OperationParams<N> }>>().toEqualTypeOf<never>()
  expectTypeOf<Loose<{ [N in OperationName]: OperationQuery<N> }>>().toEqualTypeOf<never>()
})

test('bodies of every operation are typed, but for those that may be any JSON', () => {
  // The records of an import may be sent alone: each is any object or list.
  type Open = `put${Stateful}StateValue` | 'invokeImport'
  expectTypeOf<Loose<{ [N in OperationName]: OperationBody<N> }>>().toEqualTypeOf<Open>()
})

test('results of every operation are typed, but for those that may be any JSON', () => {
  // Records as a mapping left them, forms that a function made, and lists of which there is nothing here.
  type Open = `get${Stateful}StateValue` | 'mapOverConnection' | 'getSettingsForm' | 'listHttpConnectors'
  expectTypeOf<Loose<{ [N in OperationName]: OperationResult<N> }>>().toEqualTypeOf<Open>()
})

test('a document is typed down to its fields', () => {
  expectTypeOf<OperationParams<'getFlow'>>().toEqualTypeOf<{ _id: string }>()
  expectTypeOf<OperationQuery<'listFlows'>>().toExtend<{ disabled?: boolean; _integrationId?: string; include?: string; limit?: number }>()
  expectTypeOf<OperationQuery<'listTags'>>().not.toHaveProperty('include')
  expectTypeOf<NonNullable<OperationBody<'createFlow'>['pageProcessors']>[number]['type']>().toEqualTypeOf<'export' | 'import'>()
  expectTypeOf<OperationResult<'getExport'>['lastModified']>().toEqualTypeOf<string>()
  expectTypeOf<OperationResult<'getScript'>['name']>().toEqualTypeOf<string>()
  expectTypeOf<OperationResult<'listScripts'>[number]>().toHaveProperty('content')
  expectTypeOf<OperationResult<'deleteFlow'>>().toEqualTypeOf<undefined>()
})

test('a call takes what its operation needs, and nothing else', () => {
  const client = createClient(async () => new Response('{}'))
  const calls = [
    () => client.call('listFlows'),
    () => client.call('listFlows', { query: { disabled: true } }),
    () => client.call('runFlow', { params: { _id: 'x' } }),
    () => client.call('getFlow', { params: { _id: 'x' }, headers: { 'if-none-match': '"x"' } }),
    // @ts-expect-error -- the id is missing
    () => client.call('getFlow'),
    // @ts-expect-error -- there is no such filter
    () => client.call('listFlows', { query: { disable: true } }),
    // @ts-expect-error -- the body is missing
    () => client.call('updateFlow', { params: { _id: 'x' } }),
    // @ts-expect-error -- there is no such operation
    () => client.call('getFlows'),
  ]
  expect(calls).toHaveLength(8)
  expectTypeOf<CallInput<'getProfile'>>().not.toHaveProperty('body')
  expectTypeOf(client.call<'listFlows'>).returns.resolves.toEqualTypeOf<OperationResult<'listFlows'>>()
  expectTypeOf(client.call<'uninstallIntegration'>).returns.resolves.toEqualTypeOf<OperationResult<'getIntegration'> | undefined>()
})
