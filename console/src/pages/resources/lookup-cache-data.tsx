/** The entries of a lookup cache, in the order of their keys: page by page as they are scrolled to, found by how a key begins, and edited one by one. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, readScope, type CallResult } from '../../api/client.ts'
import { useAct } from '../../api/queries.ts'
import { useVersioned } from '../../api/versioned.ts'
import { useMayWith } from '../../parts/document-rights.ts'
import { words as common } from '../../words.ts'
import { dataWords } from '../../words/data.ts'
import { EditCacheEntryForm } from '../../forms/edit-cache-entry.tsx'
import { PasteCacheEntriesForm } from '../../forms/paste-cache-entries.tsx'
import { PurgeCacheForm } from '../../forms/purge-cache.tsx'
import { Button } from '../../parts/button.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { notify } from '../../parts/notices.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { Empty, Loading, Refusal } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { useUrlState } from '../../url-state.ts'
import { CacheValue, NewCacheEntry } from './cache-value.tsx'
import './resource-parts.css'

type Entry = CallResult<'getLookupCacheData'>['data'][number]

const words = dataWords.cache

function useEntries(id: string, startsWith: string) {
  const { account, env } = readScope()
  return useInfiniteQuery({
    queryKey: ['getLookupCacheData', { id, startsWith }, account ?? '', env ?? ''],
    queryFn: ({ pageParam }) =>
      call('getLookupCacheData', {
        params: { _id: id },
        query: { ...(pageParam !== undefined && { startAfterKey: pageParam }) },
        body: { ...(startsWith && { startsWith }) },
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ data, nextPageURL }) => (nextPageURL === undefined ? undefined : data.at(-1)?.key),
  })
}

export function LookupCacheData({ id }: { readonly id: string }) {
  const [startsWith, setStartsWith] = useUrlState('q')
  const entries = useEntries(id, startsWith)
  const { _integrationId } = useVersioned('getLookupCache', { params: { _id: id } }).result
  const may = useMayWith('lookupcaches', id, _integrationId)
  const [edited, setEdited] = useState<Entry>()
  const [isPurging, setPurging] = useState(false)
  const [isPasting, setPasting] = useState(false)
  const remove = useRemoveEntry(id)
  const mayWrite = may('upsertLookupCacheData')
  const rows = entries.data?.pages.flatMap(({ data }) => data) ?? []
  return (
    <>
      <div className="toolbar">
        <SearchBox label={words.search} value={startsWith} onChange={setStartsWith} />
        {rows.length > 0 && <span className="soft">{words.shown(rows.length)}</span>}
        {mayWrite && (
          <span className="end inline">
            {rows.length > 0 && may('purgeLookupCacheData') && <Button onClick={() => setPurging(true)}>{words.purge}</Button>}
            <Button onClick={() => setPasting(true)}>{dataWords.paste.title}</Button>
          </span>
        )}
      </div>
      {mayWrite && <NewCacheEntry cacheId={id} />}
      <Refusal error={entries.error} />
      {entries.isPending && <Loading />}
      {entries.isSuccess &&
        (rows.length === 0 ? (
          <Empty icon="list" title={startsWith ? common.states.noMatch : words.none}>
            {startsWith ? common.states.noMatchWhy : words.noneWhy}
          </Empty>
        ) : (
          <Table
            label={words.label}
            columns={columnsWith(id, mayWrite, setEdited, remove)}
            rows={rows}
            keyOf={({ key }) => key}
            onOpen={(entry) => setEdited(entry)}
            onEnd={() => entries.hasNextPage && !entries.isFetchingNextPage && void entries.fetchNextPage()}
          />
        ))}
      {edited && <EditCacheEntryForm cacheId={id} entry={edited} isReadOnly={!mayWrite} onClose={() => setEdited(undefined)} />}
      {isPasting && <PasteCacheEntriesForm cacheId={id} onClose={() => setPasting(false)} />}
      {isPurging && <PurgeCacheForm cacheId={id} onClose={() => setPurging(false)} />}
    </>
  )
}

function useRemoveEntry(_id: string): (entry: Entry) => void {
  const remove = useAct('deleteLookupCacheData', 'getLookupCacheData', 'getLookupCache')
  return ({ key }) => remove.mutate({ params: { _id }, body: { keys: [key] } }, { onSuccess: () => notify(words.removed(key)) })
}

const columnsWith = (
  cacheId: string,
  mayWrite: boolean,
  edit: (entry: Entry) => void,
  remove: (entry: Entry) => void,
): readonly Column<Entry>[] => [
  {
    id: 'key',
    heading: words.key,
    width: '32%',
    cell: (entry) => (
      <button type="button" className="cell-button mono" title={entry.key} onClick={() => edit(entry)}>
        {entry.key}
      </button>
    ),
  },
  {
    id: 'value',
    heading: words.value,
    cell: (entry) => <CacheValue cacheId={cacheId} entry={entry} isReadOnly={!mayWrite} onOpen={() => edit(entry)} />,
  },
  ...(mayWrite
    ? [
        {
          id: 'acts',
          heading: common.actions.more,
          hidesHeading: true,
          width: '56px',
          cell: (entry: Entry) => (
            <MoreMenu
              label={`${common.actions.more}: ${entry.key}`}
              items={[{ label: common.actions.delete, icon: 'bin', danger: true, onSelect: () => remove(entry) }]}
            />
          ),
        },
      ]
    : []),
]
