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

const asLevel = (level: Session['accessLevel']): Level => (level === 'owner' ? 'administrator' : level)

/**
 * Tells whether the user may call an operation, in an integration where one is meant: buttons that would be refused are not shown.
 * The server decides all the same.
 */
export function useMay(integrationId?: string): (name: OperationName) => boolean {
  const { accessLevel, integrationAccessLevel, allowToEditRetryData } = useSession()
  const own = integrationAccessLevel?.find((each) => each._integrationId === integrationId)?.accessLevel
  const level = own ?? (integrationAccessLevel && integrationId !== undefined ? 'monitor' : accessLevel)
  return (name) =>
    (operations[name]?.allowedBy === 'allowToEditRetryData' && allowToEditRetryData === true) || isOpenTo(asLevel(level), name)
}
