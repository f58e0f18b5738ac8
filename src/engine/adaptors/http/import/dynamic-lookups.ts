/** The lookups of an import that ask its application over HTTP. */
import type { ImportDoc } from '../../../adaptor.ts'
import type { Context } from '../../../outgoing/request-texts.ts'
import { createLook as lookBy, listNamedLookups, type Look, type NamedLookup } from '../../named-lookups.ts'
import type { ConnectionClient } from '../connection-client.ts'
import { createAsk, type Answers } from './ask-application.ts'
import { listLookups, type HttpImport, type Lookup } from './static-lookups.ts'

/** Those that a mapping or a template of the import names, each once. */
export function listAsked(doc: ImportDoc, http: HttpImport): readonly NamedLookup[] {
  const { relativeURI, body, headers } = http
  return listNamedLookups(listLookups(doc, http).filter(asksApplication), [relativeURI, body, headers], [doc.mappings, doc.mapping])
}

const asksApplication = ({ map, _lookupCacheId, relativeURI }: Lookup): boolean =>
  map === undefined && _lookupCacheId === undefined && relativeURI !== undefined

/** Undefined where nothing is asked. */
export const createLook = (doc: ImportDoc, http: HttpImport, client: ConnectionClient, shared: Context): Look | undefined =>
  lookBy<Answers>(
    listAsked(doc, http).map((each) => ({ ...each, ask: createAsk(each.lookup, client, shared) })),
    client.concurrency,
    () => new Map(),
  )
