/** Carries out an operation of the contract by its name, as a caller without HTTP: the same rights, the same checks, the same answer. */
import type { Operation } from '../../contract/operation.ts'
import { documentOperations, named } from '../../contract/operations/index.ts'
import { plain } from '../result.ts'
import { onDocuments } from '../documents/document-operations.ts'
import { handlers } from './handlers.ts'
import type { Context } from '../context.ts'
import { preparation, type Call, type Prepare } from './prepare-call.ts'

export interface Asked {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

const preparations = new Map<string, Prepare>()

/** The answer as a value: a list as an array, nothing as undefined. */
export const perform = async (ctx: Context, name: string, asked: Asked = {}): Promise<unknown> => plain(await carryOut(ctx, name, asked))

/** The answer as its handler gives it. */
export async function carryOut(ctx: Context, name: string, { params = {}, query = {}, body }: Asked = {}): Promise<unknown> {
  const ofDocument = documentOperations[name]
  const operation: Operation = ofDocument?.operation ?? named[name as keyof typeof named]
  const prepare = preparations.get(name) ?? preparation(operation)
  preparations.set(name, prepare)
  const { call } = await prepare(ctx, { params, query, body })
  const handle = handlers[name as keyof typeof named] as unknown as (ctx: Context, input: Call) => Promise<unknown>
  return ofDocument ? onDocuments(ctx, ofDocument, call) : handle(ctx, call)
}
