/** Checks whether a token covers the whole account or one environment, and enters the environment that a request header names. */
import type { Operation } from '../../contract/operation.ts'
import { DomainError } from '../errors.ts'
import type { EnvironmentBound } from '../ports/licenses.ts'
import { isId } from '../ids.ts'
import type { Context } from '../context.ts'
import type { Identity } from '../ports/accounts.ts'
import type { RowsOf, Store } from '../ports/store.ts'

type Caller = Pick<Context, 'caller'>

/** Functions work where their call does, whatever the token of who caused it reaches. */
export const isEnvironmentToken = ({ caller }: Caller): boolean => caller.isEnvironmentToken === true || caller.oneTime !== undefined

/** Whether what lies in the environment may be read or changed by the caller at all. */
export const canReachEnvironment = (ctx: Caller, envId: string): boolean => !isEnvironmentToken(ctx) || envId === ctx.caller.envId

/** Refuses operations that reach further than the token. Of other environments it is told what is told of ids that nobody has. */
export function checkExtent(ctx: Caller, { extent, path, summary }: Operation, { _id }: Readonly<Record<string, string>>): void {
  if (!isEnvironmentToken(ctx) || extent === 'environment') return
  if (extent === 'account') throw accountTokenRequired(`"${summary}" concerns the account as a whole`)
  if (path.startsWith('/v1/environments/') && _id !== ctx.caller.envId)
    throw new DomainError('not_found', 'Environment not found.', '_environmentId')
}

export const accountTokenRequired = (what: string, field?: string): DomainError =>
  new DomainError('access_denied', `${what}, and the token is for one environment of it.`, field)

/** What the caller sees of a list that spans the account; undefined for all of it. */
export const environmentFilter = (ctx: Caller): string | undefined => (isEnvironmentToken(ctx) ? ctx.caller.envId : undefined)

/** Where rows of other accounts are listed too, which the caller has to do with: what of the own account is among them. */
export const environmentBound = (ctx: Caller): EnvironmentBound | undefined =>
  isEnvironmentToken(ctx) ? { accountId: ctx.caller.accountId, envId: ctx.caller.envId } : undefined

const header = 'sluice-environment'

/** The caller in the environment that the header `Sluice-Environment` names. A token of one environment, or for some documents of one, stays in it. */
export async function enterEnvironment(store: Store, caller: Identity, named: string): Promise<Identity> {
  const id = named.trim().toLowerCase()
  if (!isId(id)) throw new DomainError('invalid_header_value', 'The header Sluice-Environment has to be an id: 24 hex digits.', header)
  if (id === caller.envId) return caller
  if (isEnvironmentToken({ caller }) || caller.scopes)
    throw new DomainError('access_denied', `The token works in the environment ${caller.envId} and in no other.`, header)
  if (!(await isEnvironmentOpen(store, caller, id)))
    throw new DomainError('access_restricted', 'The account has no environment of this id that is open to you.', header)
  return { ...caller, envId: id }
}

/** Whose share is for some integrations only enters the environments that these lie in. */
export async function isEnvironmentOpen(
  { documents }: RowsOf<'documents'>,
  { accountId, reach }: Identity,
  envId: string,
): Promise<boolean> {
  if ((await documents.readText(accountId, 'environments', envId)) === undefined) return false
  if (!reach || reach.level !== undefined) return true
  const keys = Object.keys(reach.integrations).map((id) => ({ collection: 'integrations', id }))
  return (await documents.filterPresent(envId, keys)).length > 0
}
