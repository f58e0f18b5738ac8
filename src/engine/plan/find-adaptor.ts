/** Which adaptor carries a step out, by the type that its document names, and which one a connection is for. */
import { StepFailure, type ConnectionAdaptor, type ConnectionDoc } from '../adaptor.ts'

interface StepDoc {
  readonly name: string
  readonly adaptorType?: string
}

/** Agents, and what checks content. */
const needsModel: ReadonlySet<string> = new Set(['AiAgentImport', 'GuardrailImport'])

export function findAdaptor<A extends { readonly adaptorType: StepDoc['adaptorType'] }>(
  adaptors: readonly A[],
  kind: 'export' | 'import',
  { name, adaptorType }: StepDoc,
): A {
  const adaptor = adaptors.find((each) => each.adaptorType === adaptorType)
  if (adaptor) return adaptor
  const message = needsModel.has(adaptorType ?? '')
    ? `The ${kind} ${name} is of the type ${adaptorType}: it asks a language model, and this server has none. Call one over HTTP instead.`
    : `The ${kind} ${name} is of the type ${adaptorType ?? 'unknown'}, which this server cannot run.`
  throw new StepFailure({ source: 'resource', code: 'adaptor_unsupported', message })
}

export function adaptorOfConnection(adaptors: readonly ConnectionAdaptor[], connection: ConnectionDoc): ConnectionAdaptor {
  const adaptor = adaptors.find((each) => each.isFor(connection))
  if (adaptor) return adaptor
  const message = `This server cannot use connections of the type ${connection.type}.`
  throw new StepFailure({ source: 'connection', code: 'connection_type_unsupported', message })
}
