/** Errors as rows of a table: the same columns in every CSV of them, whether the server writes it or the console does. */
import type { Static } from 'typebox'
import type { openError } from './flow-errors.ts'

type ListedError = Static<typeof openError> & { readonly _flowId: string; readonly _stepId: string }

const texts = [
  ...(['errorId', 'occurredAt', 'source', 'code', 'message', 'traceKey', 'classification', 'retryDataKey'] as const),
  ...(['_flowJobId', 'exportDataURI', 'importDataURI'] as const),
] as const

export const errorColumns: readonly string[] = [...texts, 'assignedTo', 'tagIds', '_flowId', '_stepId']

export const toErrorRow = (error: ListedError): string[] => [
  ...texts.map((name) => harmless(error[name] ?? '')),
  harmless(error.assignedTo?.email ?? ''),
  harmless((error.tagIds ?? []).join(' ')),
  error._flowId,
  error._stepId,
]

/** Applications say what they like in their errors, and a spreadsheet carries out what begins so. */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)
