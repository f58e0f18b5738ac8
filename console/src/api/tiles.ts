/** Integrations at a glance: searched, sorted and with the pinned ones in front, by the server. */
import type { CallInput, CallResult } from './client.ts'
import { useDocumentPages } from './document-pages.ts'

export type TileOrder = NonNullable<NonNullable<CallInput<'listTiles'>['query']>['sort']>

export const useTiles = (search: string, sort: TileOrder) =>
  useDocumentPages<CallResult<'listTiles'>[number]>('listTiles', { sort, pinnedFirst: true, ...(search && { search }) })
