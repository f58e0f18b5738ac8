/** All documents of one type: connections, exports, scripts and so on. */
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Collection } from '../../../../src/contract/resources/index.ts'
import { useDocumentPages } from '../../api/document-pages.ts'
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
import { Empty, Loading } from '../../parts/states.tsx'
import { OnlineStatus } from '../../parts/online-status.tsx'
import { Table, type Column } from '../../parts/table.tsx'
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

export function ResourcesPage() {
  const collection = useParam('collection')
  return isCollection(collection) ? <Resources key={collection} collection={collection} /> : <NotFoundPage />
}

const nameOf = ({ name, tag, _id }: Listed): string => name ?? tag ?? _id
const typeOf = ({ adaptorType, type }: Listed): string => adaptorType ?? type ?? ''
/** By what lists are sorted by the server. */
const orders = ['name', 'type', 'lastModified'].flatMap((name) => [name, `-${name}`])

function Resources({ collection }: { readonly collection: Collection }) {
  const { title, one, icon, list, create } = collections[collection]
  const may = useMay()
  const navigate = useNavigate()
  const [search, setSearch] = useUrlState('q')
  const [sort, setSort] = useUrlState('sort', 'name')
  const [isCreating, setCreating] = useState(false)
  const query = { ...(orders.includes(sort) && { sort }), ...(search && { search }) }
  const { rows: documents, isLoading, hasMore, readMore } = useDocumentPages<Listed>(list, query)
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
      id: 'lastModified',
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
      {isLoading ? (
        <Loading />
      ) : documents.length === 0 && search === '' ? (
        <Empty icon={icon} title={resourceWords.none(title)}>
          {resourceWords.noneWhy(one)}
        </Empty>
      ) : (
        <>
          <div className="toolbar">
            <SearchBox label={resourceWords.search(title)} value={search} onChange={setSearch} />
          </div>
          {documents.length === 0 ? (
            <Empty icon="search" title={words.states.noMatch}>
              {words.states.noMatchWhy}
            </Empty>
          ) : (
            <Table
              label={title}
              columns={columns}
              rows={documents}
              keyOf={({ _id }) => _id}
              sort={sort}
              onSort={setSort}
              onOpen={({ _id }) => void navigate({ to: paths.resource(collection, _id) })}
              onEnd={readMore}
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
