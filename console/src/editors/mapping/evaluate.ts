/** Asks the server what a mapping makes of records: over the connection of its import, whose lookups may ask the application, or without one. */
import { call, CallRefused, explain } from '../../api/client.ts'
import { messagesOf, type EditorContext, type Outcome, type Outcomes } from '../editor.ts'
import type { MappingValue } from './mapping-shape.ts'

export async function evaluateImport(
  context: EditorContext,
  { mappings, mapping, lookups }: MappingValue,
  records: readonly unknown[],
): Promise<Outcomes> {
  const { document, flowId } = context
  const { _connectionId } = document
  const parts = { ...(mappings !== undefined && { mappings }), ...(mapping !== undefined && { mapping }), ...(lookups && { lookups }) }
  if (typeof _connectionId !== 'string') return evaluateTransform(context, { ...parts, mode: 'create' }, records)
  const { hooks: _hooks, filter: _filter, mappings: _old, mapping: _older, lookups: _tables, ...rest } = document
  try {
    const made = await call('mapOverConnection', {
      params: { _id: _connectionId },
      body: { import: { ...rest, ...parts }, data: [...records] as never, ...(flowId !== undefined && { _flowId: flowId }) },
    })
    return { each: made.map(readMapped), problems: [] }
  } catch (error) {
    // What is wrong with the mapping stands on its row.
    if (error instanceof CallRefused && error.status === 422) return { each: [], problems: [explain(error)] }
    throw error
  }
}

function readMapped(value: unknown): Outcome {
  const { errors, ...more } = (typeof value === 'object' && value !== null ? value : {}) as { errors?: unknown }
  const isFailure =
    Array.isArray(errors) &&
    Object.keys(more).length === 0 &&
    errors.every((each: { message?: unknown }) => typeof each?.message === 'string')
  return isFailure ? { problems: messagesOf(errors as { message: string }[]) } : { value, problems: [] }
}

/** A mapping tree that no import has, or one without a connection. */
async function evaluateTransform({ settings }: EditorContext, rulesTwoDotZero: object, records: readonly unknown[]): Promise<Outcomes> {
  const transform = { type: 'expression' as const, expression: { version: '2' as const, rulesTwoDotZero } }
  return previewTransform(transform, settings, records)
}

export async function previewTransform(transform: object, settings: object, records: readonly unknown[]): Promise<Outcomes> {
  const { results, errors } = await call('previewTransform', {
    body: { transform, settings: { ...settings }, records: [...records] as never },
  })
  return {
    each: results.map((each): Outcome => ({ ...('data' in each && { value: each.data }), problems: messagesOf(each.errors) })),
    problems: messagesOf(errors),
  }
}
