/** Which adaptor carries a step out, by the type that its document names. */
import { StepFailure } from '../adaptor.ts'

interface StepDoc {
  readonly name: string
  readonly adaptorType?: string
}

export function findAdaptor<A extends { readonly adaptorType: StepDoc['adaptorType'] }>(
  adaptors: readonly A[],
  kind: 'export' | 'import',
  { name, adaptorType }: StepDoc,
): A {
  const adaptor = adaptors.find((each) => each.adaptorType === adaptorType)
  if (adaptor) return adaptor
  const message = `The ${kind} ${name} is of the type ${adaptorType ?? 'unknown'}, which this server cannot run.`
  throw new StepFailure({ source: 'resource', code: 'adaptor_unsupported', message })
}
