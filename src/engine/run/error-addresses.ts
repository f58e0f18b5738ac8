/** Says of errors where their records are found: in the application that they came from, and in the one that they were going to. */
import type { PageError, Plan } from '../plan/plan.ts'

/** Characters of an address that are kept. */
const longest = 4000

export async function withDataURIs(
  errors: readonly PageError[],
  { dataURIs, steps, redact }: Pick<Plan, 'dataURIs' | 'steps' | 'redact'>,
): Promise<readonly PageError[]> {
  if (dataURIs.size === 0 || errors.length === 0) return errors
  const imports = new Set(steps.flatMap(({ kind, stepId }) => (kind === 'import' ? [stepId] : [])))
  const addressOf = async (stepId: string, record: unknown): Promise<string | undefined> => {
    const [uri] = (await dataURIs.get(stepId)?.([record])) ?? []
    return uri ? redact(uri, longest) : undefined
  }
  return Promise.all(
    errors.map(async (error): Promise<PageError> => {
      const { item, stepId } = error
      if (!item) return error
      const exportDataURI = await addressOf(item.sourceId, item.record)
      const importDataURI = imports.has(stepId) ? await addressOf(stepId, item.record) : undefined
      return { ...error, ...(exportDataURI && { exportDataURI }), ...(importDataURI && { importDataURI }) }
    }),
  )
}
