/** The start page: a tile an integration, with what is wrong in sight, and the ways to begin another one. */
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import type { CallResult } from '../api/client.ts'
import { savePreferences, usePreferences } from '../api/preferences.ts'
import { useTiles, type TileOrder } from '../api/tiles.ts'
import { useAct } from '../api/queries.ts'
import { words } from '../words.ts'
import { noIntegration, paths } from '../paths.ts'
import type { Beginning } from '../forms/begin-integration.tsx'
import { Button, IconButton } from '../parts/button.tsx'
import { CreateMenu } from '../parts/create-menu.tsx'
import { PageHead, Switch } from '../parts/page.tsx'
import { SearchBox } from '../parts/search-box.tsx'
import { Badge, ErrorCount } from '../parts/status.tsx'
import { Empty, Loading } from '../parts/states.tsx'
import { Table, type Column } from '../parts/table.tsx'
import { Time } from '../parts/time.tsx'
import { useUrlState } from '../url-state.ts'

const BeginIntegration = lazy(async () => ({ default: (await import('../forms/begin-integration.tsx')).BeginIntegration }))
const FirstSteps = lazy(async () => ({ default: (await import('./first-steps.tsx')).FirstSteps }))

type Tile = CallResult<'listTiles'>[number]

export function HomePage() {
  const preferred = usePreferences()
  const [search, setSearch] = useUrlState('q')
  const [view, setView] = useUrlState('view', preferred.tilesView ?? 'tile')
  const [sort, setSort] = useUrlState('sort', preferred.tilesSort ?? 'name')
  const [beginning, setBeginning] = useState<Beginning>()
  const { rows: tiles, isLoading, hasMore, readMore } = useTiles(search, sort as TileOrder)
  const isFirstUse = !isLoading && tiles.length === 0 && search === ''
  // What a session that began with a token of less chooses stands in the address alone.
  const keep = (changes: Parameters<typeof savePreferences>[0]): void => void savePreferences(changes).catch(() => {})
  const changeView = (next: string): void => {
    setView(next)
    keep({ tilesView: next as 'tile' | 'list' })
  }
  const changeSort = (next: string): void => {
    setSort(next)
    keep({ tilesSort: next as TileOrder })
  }
  return (
    <>
      <PageHead title={words.home.title}>{!isFirstUse && <CreateMenu onBegin={setBeginning} />}</PageHead>
      {isFirstUse ? (
        <Suspense fallback={<Loading />}>
          <FirstSteps onBegin={setBeginning} />
        </Suspense>
      ) : (
        <>
          <div className="toolbar">
            <SearchBox label={words.home.search} value={search} onChange={setSearch} />
            <label className="inline">
              <span className="soft">{words.home.sort}</span>
              <select className="input" value={sort} onChange={(event) => changeSort(event.target.value)}>
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
              onChange={changeView}
              options={[
                { value: 'tile', label: words.home.tiles },
                { value: 'list', label: words.home.list },
              ]}
            />
          </div>
          <Tiles tiles={tiles} isLoading={isLoading} view={view} sort={sort} onSort={changeSort} />
          {hasMore && (
            <div className="more">
              <Button onClick={readMore}>{words.home.more}</Button>
            </div>
          )}
        </>
      )}
      <Suspense>{beginning && <BeginIntegration beginning={beginning} onClose={() => setBeginning(undefined)} />}</Suspense>
    </>
  )
}

interface TilesProps {
  readonly tiles: readonly Tile[]
  readonly isLoading: boolean
  readonly view: string
  readonly sort: string
  readonly onSort: (sort: string) => void
}

function Tiles({ tiles, isLoading, view, sort, onSort }: TilesProps) {
  const pin = useAct('pinTile', 'listTiles')
  const unpin = useAct('unpinTile', 'listTiles')
  const toggle = ({ _integrationId, pinned }: Tile): void => (pinned ? unpin : pin).mutate({ params: { _integrationId } })
  if (isLoading) return <Loading />
  if (tiles.length === 0)
    return (
      <Empty icon="search" title={words.states.noMatch}>
        {words.states.noMatchWhy}
      </Empty>
    )
  if (view === 'list') return <TileList tiles={tiles} sort={sort} onSort={onSort} onPin={toggle} />
  return (
    <ul className="tiles" aria-label={words.home.integrations}>
      {tiles.map((tile) => (
        <TileCard key={tile._integrationId} tile={tile} onPin={() => toggle(tile)} />
      ))}
    </ul>
  )
}

const Pin = ({ tile: { name, pinned = false }, onPin }: { readonly tile: Tile; readonly onPin: () => void }) => (
  <span className={pinned ? 'pin pinned' : 'pin'}>
    <IconButton icon="pin" label={(pinned ? words.home.unpin : words.home.pin)(name)} aria-pressed={pinned} onClick={onPin} />
  </span>
)

/** Flows that belong to no integration have their errors each by itself. */
const toErrors = ({ _integrationId }: Tile) => (_integrationId === noIntegration ? {} : { to: paths.integrationErrors(_integrationId) })

function TileCard({ tile, onPin }: { readonly tile: Tile; readonly onPin: () => void }) {
  const { _integrationId, name, numFlows, numApis, numError, lastErrorAt, offlineConnections } = tile
  return (
    <li className={numError > 0 ? 'tile failing' : 'tile'}>
      <div className="tile-head">
        <Link to={paths.integrationFlows(_integrationId)} className="tile-name" title={name}>
          {name}
        </Link>
        <Pin tile={tile} onPin={onPin} />
      </div>
      <p className="tile-facts">
        {words.home.flows(numFlows)}
        {numApis > 0 && <> · {words.home.apis(numApis)}</>}
        <Marks tile={tile} />
      </p>
      <div className="tile-foot">
        {numError > 0 ? (
          <ErrorCount count={numError} words={words.home.errors(numError)} {...toErrors(tile)} />
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

const columnsWith = (onPin: (tile: Tile) => void): readonly Column<Tile>[] => [
  {
    id: 'pin',
    heading: words.home.pinned,
    hidesHeading: true,
    width: '56px',
    cell: (tile) => <Pin tile={tile} onPin={() => onPin(tile)} />,
  },
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
  { id: 'numFlows', heading: words.home.flowsHeading, width: '90px', isNumber: true, sorts: true, cell: ({ numFlows }) => numFlows },
  {
    id: 'numError',
    heading: words.home.errorsHeading,
    width: '110px',
    isNumber: true,
    sorts: true,
    cell: (tile) => <ErrorCount count={tile.numError} {...toErrors(tile)} />,
  },
  {
    id: 'offline',
    heading: words.home.connections,
    width: '180px',
    cell: ({ offlineConnections: { length } }) =>
      length > 0 ? <Badge tone="error">{words.home.offline(length)}</Badge> : <span className="soft">{words.home.online}</span>,
  },
  { id: 'lastErrorAt', heading: words.home.lastError, width: '140px', sorts: true, cell: ({ lastErrorAt }) => <Time at={lastErrorAt} /> },
  { id: 'lastModified', heading: words.home.changed, width: '140px', sorts: true, cell: ({ lastModified }) => <Time at={lastModified} /> },
]

interface TileListProps extends Pick<TilesProps, 'tiles' | 'sort' | 'onSort'> {
  readonly onPin: (tile: Tile) => void
}

function TileList({ tiles, sort, onSort, onPin }: TileListProps) {
  const navigate = useNavigate()
  return (
    <Table
      label={words.home.integrations}
      columns={columnsWith(onPin)}
      rows={tiles}
      keyOf={({ _integrationId }) => _integrationId}
      sort={sort}
      onSort={onSort}
      onOpen={({ _integrationId }) => void navigate({ to: paths.integrationFlows(_integrationId) })}
    />
  )
}
