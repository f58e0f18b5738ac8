/** The editions of an app, and which resources of its template each has. Pure. */
import { isObject } from '../../contract/walk.ts'
import type { Doc } from '../ports/document.ts'

export interface Edition {
  readonly _id: string
  readonly displayName: string
  readonly order?: number
  readonly resources?: { readonly flows?: readonly string[] }
  readonly childResources?: { readonly flows?: readonly string[] }
}

export function listEditions(connector: Doc): readonly Edition[] {
  const { twoDotZero } = connector
  return isObject(twoDotZero) && Array.isArray(twoDotZero['editions']) ? (twoDotZero['editions'] as Edition[]) : []
}

export const findEdition = (connector: Doc, id: string | undefined): Edition | undefined =>
  id === undefined ? undefined : listEditions(connector).find(({ _id }) => _id === id)

/** The integration that installations are copies of. */
export function templateIntegrationId({ twoDotZero, _integrationId }: Doc): string | undefined {
  const id = (isObject(twoDotZero) ? twoDotZero['_integrationId'] : undefined) ?? _integrationId
  return typeof id === 'string' ? id : undefined
}

/** Flows of the template that an installation or a child has; undefined for all. Children have what their edition says and nothing else. */
export function listEditionFlows(edition: Edition | undefined, isChild: boolean): readonly string[] | undefined {
  return isChild ? (edition?.childResources?.flows ?? []) : edition?.resources?.flows
}
