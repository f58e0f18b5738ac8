/** Addresses of records in their applications (`dataURITemplate`), shown beside errors. One that cannot be made is none: it decides nothing. */
import type { FlowRecord, SettingsByResource } from '../adaptor.ts'
import { createRendering } from '../outgoing/request-texts.ts'
import type { Definitions } from './read-documents.ts'

export type DataURIs = (records: readonly unknown[]) => Promise<readonly (string | null)[]>

/** Undefined where the document has no template for it. */
export function createDataURIs(
  template: string | undefined,
  settings: SettingsByResource,
  { evaluate }: Pick<Definitions, 'evaluate'>,
): DataURIs | undefined {
  if (!template) return undefined
  const { render } = createRendering(evaluate, { texts: [{ template, escaping: 'raw', sees: 'context' }], shared: { settings } })
  const addressOf = (record: unknown): Promise<string | null> =>
    render({ record: record as FlowRecord }).then(
      ([uri]) => uri || null,
      () => null,
    )
  return (records) => Promise.all(records.map(addressOf))
}
