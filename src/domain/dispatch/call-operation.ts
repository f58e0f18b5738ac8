/** Calls an operation of the contract by its name, with the same checks and the same result as over HTTP. */
import type { Operation } from '../../contract/operation.ts'
import { documentOperations, named, type OperationName } from '../../contract/operations/index.ts'
import { toPlainValue } from '../result.ts'
import { documentHandlers } from './document-handlers.ts'
import { handlers } from './handlers.ts'
import type { Context } from '../context.ts'
import { buildPreparation, type Call, type Prepare } from './prepare-call.ts'

export interface CallArguments {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

const preparations = new Map<string, Prepare>()

/** The answer as a value: a list as an array, nothing as undefined. */
export const callOperation = async (ctx: Context, name: OperationName, asked: CallArguments = {}): Promise<unknown> =>
  toPlainValue(await runOperation(ctx, name, asked))

/** The answer as its handler gives it. */
export async function runOperation(
  ctx: Context,
  name: OperationName,
  { params = {}, query = {}, body }: CallArguments = {},
): Promise<unknown> {
  const ofDocument = documentOperations[name]
  const operation: Operation = ofDocument?.operation ?? named[name as keyof typeof named]
  const prepare = preparations.get(name) ?? buildPreparation(operation)
  preparations.set(name, prepare)
  const { call } = await prepare(ctx, { params, query, body })
  const handle = handlers[name as keyof typeof named] as unknown as (ctx: Context, input: Call) => Promise<unknown>
  return ofDocument ? documentHandlers(ctx, ofDocument, call) : handle(ctx, call)
}
