/** Who is signed in, where they work, and what they may do there. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { operations, type OperationName } from '../../../src/contract/operations/index.ts'
import { isOpenTo, type CallResult, type Level } from './client.ts'
import { queryClient, queryOf } from './queries.ts'

export type Session = CallResult<'getSession'>

const sessionQuery = () => queryOf('getSession', {})
export const useSession = (): Session => useSuspenseQuery(sessionQuery()).data

/** Throws the refusal where nobody is signed in. */
export const readSession = (): Promise<Session> => queryClient.ensureQueryData(sessionQuery())

/** The id of the user whose page it is, as far as that is known. */
export const readKnownUser = (): string | undefined => queryClient.getQueryData(sessionQuery().queryKey)?.user._id

const asLevel = (level: Session['accessLevel']): Level => (level === 'owner' ? 'administrator' : level)

/**
 * Tells whether the user may call an operation, in an integration where one is meant, or with what belongs to any of several: buttons that would be refused are not shown.
 * The server decides all the same.
 */
export function useMay(integrations?: string | readonly string[]): (name: OperationName) => boolean {
  const session = useSession()
  return (name) =>
    (operations[name]?.allowedBy === 'allowToEditRetryData' && session.allowToEditRetryData === true) ||
    mayCall(session, name, integrations)
}

function mayCall(session: Session, name: OperationName, integrations: string | readonly string[] | undefined): boolean {
  const { accessLevel, accountAccessLevel, integrationAccessLevel } = session
  if (!integrationAccessLevel) return isOpenTo(asLevel(accessLevel), name)
  // Some integrations are open to the user, or more open than the account as a whole.
  if (accountAccessLevel !== undefined && isOpenTo(asLevel(accountAccessLevel), name)) return true
  const { partialAccess, path } = operations[name] ?? {}
  if (partialAccess === 'account') return false
  if (partialAccess !== undefined) return isOpenTo(asLevel(accessLevel), name)
  // What is about no document is about the account.
  if (!path?.includes('/:_id')) return false
  if (integrations === undefined) return isOpenTo(asLevel(accessLevel), name)
  const own = integrationAccessLevel.filter(({ _integrationId }) => [integrations].flat().includes(_integrationId))
  const levels = own.length > 0 ? own.map((each) => each.accessLevel) : [accountAccessLevel ?? 'monitor']
  return levels.some((level) => isOpenTo(asLevel(level), name))
}
