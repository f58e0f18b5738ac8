/** Tools call each other by imports, and none calls itself, by whatever way. */
import { DomainError } from '../../errors.ts'
import type { Context } from '../../context.ts'
import type { RowsOf } from '../../ports/store.ts'

/** Documents that are looked at: far more than tools call each other. */
const mostLookedAt = 1000

/** Refuses what leads from the tool back to it, or to the import that is written. */
export async function refuseToolCircle(
  rows: RowsOf<'documents'>,
  { caller: { envId } }: Context,
  from: { readonly toolId: string; readonly importId?: string },
  field: string,
): Promise<void> {
  const seen = new Set<string>()
  const waiting = [from.toolId]
  while (waiting.length > 0 && seen.size < mostLookedAt) {
    const toolId = waiting.shift() as string
    const tool = (await rows.documents.find(envId, 'tools', toolId))?.doc
    for (const importId of listImports(tool?.routers ?? [])) {
      if (seen.has(importId)) continue
      seen.add(importId)
      const called = (await rows.documents.find(envId, 'imports', importId))?.doc.tool?._toolId
      if (importId === from.importId || called === from.toolId)
        throw new DomainError('invalid_field', `The tool would call itself, by the import ${importId}: calls would go on for ever.`, field)
      if (called !== undefined) waiting.push(called)
    }
  }
}

interface RouterDoc {
  readonly branches: readonly { readonly pageProcessors?: readonly { readonly _importId?: string }[] }[]
}

const listImports = (routers: readonly RouterDoc[]): string[] =>
  routers.flatMap(({ branches }) =>
    branches.flatMap(({ pageProcessors = [] }) => pageProcessors.flatMap(({ _importId }) => _importId ?? [])),
  )
