/** The start page: a tile an integration, with what is wrong in sight. */
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import type { CallResult } from '../api/client.ts'
import { useData } from '../api/queries.ts'
import { useMay } from '../api/session.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { usePins } from '../pins.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { PageHead, Switch } from '../parts/page.tsx'
import { SearchBox } from '../parts/search-box.tsx'
import { Badge, ErrorCount } from '../parts/status.tsx'
import { Empty } from '../parts/states.tsx'
import { sortRows, Table, type Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { useUrlState } from '../url-state.ts'

const CreateIntegrationForm = lazy(async () => ({ default: (await import('../forms/create-integration.tsx')).CreateIntegrationForm }))

type Tile = CallResult<'listTiles'>[number]

const keys = {
  name: ({ name }: Tile) => name,
  errors: ({ numError }: Tile) => numError,
  flows: ({ numFlows }: Tile) => numFlows,
  changed: ({ lastModified = '' }: Tile) => lastModified,
  lastError: ({ lastErrorAt = '' }: Tile) => lastErrorAt,
}

export function HomePage() {
  const all = useData('listTiles', { query: { limit: 1000 } })
  const may = useMay()
  const [search, setSearch] = useUrlState('q')
  const [view, setView] = useUrlState('view', 'tiles')
  const [sort, setSort] = useUrlState('sort', 'name')
  const [isCreating, setCreating] = useState(false)
  const { isPinned, toggle } = usePins()
  const found = all.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
  const sorted = sortRows(found, sort, keys)
  const tiles = [...sorted.filter((tile) => isPinned(tile._integrationId)), ...sorted.filter((tile) => !isPinned(tile._integrationId))]
  const create = may('createIntegration') && (
    <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
      {words.home.create}
    </Button>
  )
  return (
    <>
      <PageHead title={words.home.title}>{create}</PageHead>
      {all.length === 0 ? (
        <Empty icon="tiles" title={words.home.empty}>
          {words.home.emptyWhy}
        </Empty>
      ) : (
        <>
          <div className="toolbar">
            <SearchBox label={words.home.search} value={search} onChange={setSearch} />
            <label className="inline">
              <span className="soft">{words.home.sort}</span>
              <select className="input" value={sort} onChange={(event) => setSort(event.target.value)}>
                {Object.entries(words.home.sorts).map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </select>
            </label>
            <Switch
              label={words.home.view}
              value={view}
              onChange={setView}
              options={[
                { value: 'tiles', label: words.home.tiles },
                { value: 'list', label: words.home.list },
              ]}
            />
          </div>
          {tiles.length === 0 ? (
            <Empty icon="search" title={words.states.noMatch}>
              {words.states.noMatchWhy}
            </Empty>
          ) : view === 'list' ? (
            <TileList tiles={tiles} sort={sort} onSort={setSort} />
          ) : (
            <ul className="tiles" aria-label={words.home.integrations}>
              {tiles.map((tile) => (
                <TileCard
                  key={tile._integrationId}
                  tile={tile}
                  isPinned={isPinned(tile._integrationId)}
                  onPin={() => toggle(tile._integrationId)}
                />
              ))}
            </ul>
          )}
        </>
      )}
      <Suspense>{isCreating && <CreateIntegrationForm onClose={() => setCreating(false)} />}</Suspense>
    </>
  )
}

function TileCard({ tile, isPinned, onPin }: { readonly tile: Tile; readonly isPinned: boolean; readonly onPin: () => void }) {
  const { _integrationId, name, numFlows, numApis, numError, lastErrorAt, offlineConnections } = tile
  return (
    <li className={numError > 0 ? 'tile failing' : 'tile'}>
      <div className="tile-head">
        <Link to={paths.integrationFlows(_integrationId)} className="tile-name" title={name}>
          {name}
        </Link>
        <span className={isPinned ? 'pin pinned' : 'pin'}>
          <IconButton icon="pin" label={(isPinned ? words.home.unpin : words.home.pin)(name)} aria-pressed={isPinned} onClick={onPin} />
        </span>
      </div>
      <p className="tile-facts">
        {words.home.flows(numFlows)}
        {numApis > 0 && <> · {words.home.apis(numApis)}</>}
        <Marks tile={tile} />
      </p>
      <div className="tile-foot">
        {numError > 0 ? (
          <ErrorCount count={numError} words={words.home.errors(numError)} />
        ) : (
          <span className="soft">{words.home.noErrors}</span>
        )}
        {offlineConnections.length > 0 && <Badge tone="error">{words.home.offline(offlineConnections.length)}</Badge>}
        {lastErrorAt && (
          <span className="soft end">
            <Time at={lastErrorAt} />
          </span>
        )}
      </div>
    </li>
  )
}

function Marks({ tile: { mode, _parentId, _connectorId } }: { readonly tile: Tile }) {
  const state = mode ? words.home.modes[mode] : ''
  return (
    <>
      {_connectorId && <Badge>{words.home.app}</Badge>}
      {_parentId && <Badge>{words.home.child}</Badge>}
      {state && <Badge tone="accent">{state}</Badge>}
    </>
  )
}

const columns: readonly Column<Tile>[] = [
  {
    id: 'name',
    heading: words.home.name,
    sorts: true,
    cell: (tile) => (
      <span className="with-marks">
        <Link to={paths.integrationFlows(tile._integrationId)} title={tile.name} className="main-link">
          {tile.name}
        </Link>
        <Marks tile={tile} />
      </span>
    ),
  },
  { id: 'flows', heading: words.home.flowsHeading, width: '90px', isNumber: true, sorts: true, cell: ({ numFlows }) => numFlows },
  {
    id: 'errors',
    heading: words.home.errorsHeading,
    width: '110px',
    isNumber: true,
    sorts: true,
    cell: ({ numError }) => <ErrorCount count={numError} />,
  },
  {
    id: 'offline',
    heading: words.home.connections,
    width: '180px',
    cell: ({ offlineConnections: { length } }) =>
      length > 0 ? <Badge tone="error">{words.home.offline(length)}</Badge> : <span className="soft">{words.home.online}</span>,
  },
  { id: 'lastError', heading: words.home.lastError, width: '140px', sorts: true, cell: ({ lastErrorAt }) => <Time at={lastErrorAt} /> },
  { id: 'changed', heading: words.home.changed, width: '140px', sorts: true, cell: ({ lastModified }) => <Time at={lastModified} /> },
]

function TileList({
  tiles,
  sort,
  onSort,
}: {
  readonly tiles: readonly Tile[]
  readonly sort: string
  readonly onSort: (sort: string) => void
}) {
  const navigate = useNavigate()
  return (
    <Table
      label={words.home.integrations}
      columns={columns}
      rows={tiles}
      keyOf={({ _integrationId }) => _integrationId}
      sort={sort}
      onSort={onSort}
      onOpen={({ _integrationId }) => void navigate({ to: paths.integrationFlows(_integrationId) })}
    />
  )
}
