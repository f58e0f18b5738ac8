/** The editions of an app, and which resources of its template each has. Pure. */
import type { ConnectorDocument } from '../../contract/document.ts'

/** As clients send it: the server gives it an id. */
export type SentEdition = NonNullable<NonNullable<ConnectorDocument['twoDotZero']>['editions']>[number]
export type Edition = SentEdition & { readonly _id: string }

export const listEditions = ({ twoDotZero }: ConnectorDocument): readonly Edition[] =>
  (twoDotZero?.editions ?? []).filter((each): each is Edition => each._id !== undefined)

export const findEdition = (connector: ConnectorDocument, id: string | undefined): Edition | undefined =>
  id === undefined ? undefined : listEditions(connector).find(({ _id }) => _id === id)

/** The integration that installations are copies of. */
export const templateIntegrationId = ({ twoDotZero, _integrationId }: ConnectorDocument): string | undefined =>
  twoDotZero?._integrationId ?? _integrationId

/** Flows of the template that an installation or a child has; undefined for all. Children have what their edition says and nothing else. */
export function listEditionFlows(edition: Edition | undefined, isChild: boolean): readonly string[] | undefined {
  return isChild ? (edition?.childResources?.flows ?? []) : edition?.resources?.flows
}
