/** All documents of one type: connections, exports, scripts and so on. */
import { Link, useNavigate } from '@tanstack/react-router'
import { useSuspenseInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Collection } from '../../../../src/contract/resources/index.ts'
import { callAny, readScope, type OperationName } from '../../api/client.ts'
import { useMay } from '../../api/session.ts'
import { collections, isCollection } from '../../collections.ts'
import { words } from '../../words.ts'
import { integrationWords } from '../../words/integrations.ts'
import { resourceWords } from '../../words/resources.ts'
import { paths } from '../../paths.ts'
import { CreateResourceForm } from '../../forms/create-resource.tsx'
import { Button } from '../../parts/button.tsx'
import { PageHead } from '../../parts/page.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { Empty } from '../../parts/states.tsx'
import { OnlineStatus } from '../../parts/online-status.tsx'
import { sortRows, Table, type Column } from '../../parts/table.tsx'
import { Time } from '../../parts/time.tsx'
import { useParam, useUrlState } from '../../url-state.ts'
import { NotFoundPage } from '../not-found.tsx'

/** What is shown of a document of any type. */
interface Listed {
  readonly _id: string
  readonly name?: string
  readonly tag?: string
  readonly type?: string
  readonly adaptorType?: string
  readonly offline?: boolean
  readonly lastModified?: string
}

/** Documents of one answer. */
const pageSize = 1000

export function ResourcesPage() {
  const collection = useParam('collection')
  return isCollection(collection) ? <Resources key={collection} collection={collection} /> : <NotFoundPage />
}

function useDocuments(list: OperationName) {
  const { account, env } = readScope()
  const query = useSuspenseInfiniteQuery({
    queryKey: [list, {}, account ?? '', env ?? '', 'pages'],
    queryFn: async ({ pageParam }) =>
      (await callAny(list, { query: { limit: pageSize, ...(pageParam > 0 && { skip: pageParam }) } })) as readonly Listed[],
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (last.length === pageSize ? pages.length * pageSize : undefined),
  })
  return { documents: query.data.pages.flat(), hasMore: query.hasNextPage, readMore: () => void query.fetchNextPage() }
}

const nameOf = ({ name, tag, _id }: Listed): string => name ?? tag ?? _id
const typeOf = ({ adaptorType, type }: Listed): string => adaptorType ?? type ?? ''
const keys = { name: nameOf, type: typeOf, changed: ({ lastModified = '' }: Listed) => lastModified }

function Resources({ collection }: { readonly collection: Collection }) {
  const { title, one, icon, list, create } = collections[collection]
  const { documents, hasMore, readMore } = useDocuments(list)
  const may = useMay()
  const navigate = useNavigate()
  const [search, setSearch] = useUrlState('q')
  const [sort, setSort] = useUrlState('sort', 'name')
  const [isCreating, setCreating] = useState(false)
  const sought = search.toLowerCase()
  const found = documents.filter(
    (each) => nameOf(each).toLowerCase().includes(sought) || typeOf(each).toLowerCase().includes(sought) || each._id === search,
  )
  const columns: readonly Column<Listed>[] = [
    {
      id: 'name',
      heading: resourceWords.name,
      sorts: true,
      cell: (each) => (
        <Link to={paths.resource(collection, each._id)} className="main-link" title={nameOf(each)}>
          {nameOf(each)}
        </Link>
      ),
    },
    ...(documents.some((each) => typeOf(each) !== '')
      ? [
          {
            id: 'type',
            heading: resourceWords.type,
            width: '180px',
            sorts: true,
            cell: (each: Listed) => <span className="soft">{typeOf(each)}</span>,
          },
        ]
      : []),
    ...(collection === 'connections'
      ? [
          {
            id: 'state',
            heading: integrationWords.connections.state,
            width: '120px',
            cell: ({ offline }: Listed) => <OnlineStatus offline={offline} />,
          },
        ]
      : []),
    { id: 'id', heading: resourceWords.id, width: '230px', cell: ({ _id }) => <code className="soft">{_id}</code> },
    {
      id: 'changed',
      heading: resourceWords.changed,
      width: '140px',
      sorts: true,
      cell: ({ lastModified }) => <Time at={lastModified} />,
    },
  ]
  const add = may(create) && (
    <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
      {resourceWords.create(one)}
    </Button>
  )
  return (
    <>
      <PageHead title={title}>{add}</PageHead>
      {documents.length === 0 ? (
        <Empty icon={icon} title={resourceWords.none(title)}>
          {resourceWords.noneWhy(one)}
        </Empty>
      ) : (
        <>
          <div className="toolbar">
            <SearchBox label={resourceWords.search(title)} value={search} onChange={setSearch} />
          </div>
          {found.length === 0 ? (
            <Empty icon="search" title={words.states.noMatch}>
              {words.states.noMatchWhy}
            </Empty>
          ) : (
            <Table
              label={title}
              columns={columns}
              rows={sortRows(found, sort, keys)}
              keyOf={({ _id }) => _id}
              sort={sort}
              onSort={setSort}
              onOpen={({ _id }) => void navigate({ to: paths.resource(collection, _id) })}
            />
          )}
          {hasMore && (
            <div className="pager">
              <Button onClick={readMore}>{words.actions.loadMore}</Button>
            </div>
          )}
        </>
      )}
      {isCreating && <CreateResourceForm collection={collection} onClose={() => setCreating(false)} />}
    </>
  )
}
