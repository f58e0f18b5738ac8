/** Where an export on request goes on: kept by the caller, sealed, and of use for the same export only. Nobody can send requests elsewhere by changing it. */
import { isObject } from '../../contract/walk.ts'
import { DomainError } from '../errors.ts'
import { canonical, definitionOf, hashOf } from '../definitions/definition.ts'
import type { Context } from '../context.ts'
import type { Doc } from '../ports/document.ts'

interface State {
  readonly pageIndex: number
  readonly from: object
}

const placeOf = ({ caller }: Context, doc: Doc): string =>
  `${caller.envId}/pagedExportState/${hashOf(canonical(definitionOf('exports', doc)))}`

export const stateOf = (ctx: Context, doc: Doc, state: State): { pageIndex: number; done: boolean; state: string } => ({
  pageIndex: state.pageIndex,
  done: false,
  state: ctx.vault.seal(JSON.stringify(state), placeOf(ctx, doc)),
})

export function fromState(ctx: Context, doc: Doc, { state }: { readonly state?: unknown }): State {
  try {
    const opened: unknown = JSON.parse(ctx.vault.open(String(state), placeOf(ctx, doc)))
    if (isObject(opened)) return opened as unknown as State
  } catch {
    // Told below: whoever changed it, or sends it with another export, learns no more than that.
  }
  throw new DomainError('invalid_field', 'The pagedExportState is not one that this export was answered with.', 'pagedExportState')
}
