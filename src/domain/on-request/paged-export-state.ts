/** Where an export on request goes on: kept by the caller, sealed, and of use for the same export only. Nobody can send requests elsewhere by changing it. */
import { isObject } from '../../contract/walk.ts'
import { DomainError } from '../errors.ts'
import { canonical, toDefinition, hashText } from '../definitions/definition.ts'
import type { Context } from '../context.ts'
import type { Doc } from '../ports/document.ts'

interface State {
  readonly pageIndex: number
  readonly from: object
}

const vaultContext = ({ caller }: Context, doc: Doc): string =>
  `${caller.envId}/pagedExportState/${hashText(canonical(toDefinition('exports', doc)))}`

export const sealPageState = (ctx: Context, doc: Doc, state: State): { pageIndex: number; done: boolean; state: string } => ({
  pageIndex: state.pageIndex,
  done: false,
  state: ctx.vault.seal(JSON.stringify(state), vaultContext(ctx, doc)),
})

export function openPageState(ctx: Context, doc: Doc, { state }: { readonly state?: unknown }): State {
  try {
    const opened: unknown = JSON.parse(ctx.vault.open(String(state), vaultContext(ctx, doc)))
    if (isObject(opened)) return opened as unknown as State
  } catch {
    // Told below: whoever changed it, or sends it with another export, learns no more than that.
  }
  throw new DomainError('invalid_field', 'The pagedExportState is not one that this export was answered with.', 'pagedExportState')
}
