/** What stands around every page: where one works, where one can go, who one is. */
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { Suspense, useEffect, useRef, useState } from 'react'
import type { OperationName } from './api/client.ts'
import { useEvents } from './api/use-events.ts'
import { useLiveState } from './api/live-state.ts'
import { useMay } from './api/session.ts'
import { collections } from './collections.ts'
import { useSearchParams } from './url-state.ts'
import { words } from './words.ts'
import { findFlowId, paths } from './paths.ts'
import { Button } from './parts/button.tsx'
import { Icon, Mark, type IconName } from './parts/icon.tsx'
import { Loading } from './parts/states.tsx'
import { ScopeSwitcher } from './parts/scope-switcher.tsx'
import { SearchButton } from './parts/search-button.tsx'
import { SessionEnded } from './parts/session-ended.tsx'
import { UserMenu } from './parts/user-menu.tsx'

interface Place {
  readonly label: string
  readonly icon: IconName
  readonly to: string
  /** Users who may not call it do not see the place. */
  readonly operation?: OperationName
}

const main: readonly Place[] = [
  { label: words.home.title, icon: 'home', to: paths.home() },
  { label: words.frame.dashboard, icon: 'chart', to: paths.dashboard() },
]
const resources: readonly Place[] = (
  [
    'connections',
    'exports',
    'imports',
    'scripts',
    'lookupcaches',
    'apis',
    'tools',
    'mcpservers',
    'stacks',
    'filedefinitions',
    'ediprofiles',
    'tags',
    'templates',
    'connectors',
    'environments',
  ] as const
).map((collection) => ({ label: collections[collection].title, icon: collections[collection].icon, to: paths.resources(collection) }))
const account: readonly Place[] = [
  { label: words.frame.users, icon: 'user', to: paths.users() },
  { label: words.frame.licenses, icon: 'box', to: paths.licenses(), operation: 'listLicenses' },
  { label: words.frame.tokens, icon: 'key', to: paths.accessTokens() },
  { label: words.frame.audit, icon: 'clock', to: paths.audit(), operation: 'listAudit' },
  { label: words.frame.bin, icon: 'bin', to: paths.recycleBin(), operation: 'listRecycleBin' },
]

export function Frame() {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  useEvents(findFlowId(path))
  const live = useLiveState()
  const places = useRef<HTMLElement>(null)
  /** On a phone, where the places are folded. */
  const [isUnfolded, setUnfolded] = useState(false)
  useEffect(() => setUnfolded(false), [path])
  // A low window shows them in part.
  useEffect(() => {
    places.current?.querySelector('[aria-current=page]')?.scrollIntoView({ block: 'nearest' })
  }, [path])
  // What stands around the page follows where it works: account and environment change with its address.
  const { account: shared = '', env = '' } = useSearchParams()
  return (
    <div className="frame">
      <a className="skip" href="#page">
        {words.frame.skip}
      </a>
      <aside className={isUnfolded ? 'side unfolded' : 'side'}>
        <div className="side-head">
          <Link to={paths.home()} className="brand">
            <Mark />
            {words.product}
          </Link>
          <div className="unfold">
            <Button kind="quiet" icon="list" aria-expanded={isUnfolded} onClick={() => setUnfolded(!isUnfolded)}>
              {words.frame.menu}
            </Button>
          </div>
        </div>
        <ScopeSwitcher />
        <SearchButton />
        <nav ref={places} key={`${shared} ${env}`} aria-label={words.frame.navigation} className="places">
          <Places places={main} />
          <Places heading={words.frame.resources} places={resources} />
          <Places heading={words.frame.account} places={account} />
        </nav>
        <UserMenu />
      </aside>
      <SessionEnded />
      <main id="page" tabIndex={-1} key={path.split('/').slice(0, 3).join('/')}>
        {live === 'lost' && (
          <p className="away" role="status">
            {words.states.serverAway}
          </p>
        )}
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  )
}

function Places({ heading, places }: { readonly heading?: string; readonly places: readonly Place[] }) {
  const may = useMay()
  return (
    <>
      {heading && <h2 className="places-heading">{heading}</h2>}
      <ul>
        {places
          .filter(({ operation }) => operation === undefined || may(operation))
          .map(({ label, icon, to }) => (
            <li key={to}>
              <Link
                to={to}
                activeOptions={{ exact: to === paths.home(), includeSearch: false }}
                activeProps={{ className: 'active', 'aria-current': 'page' }}
              >
                <Icon name={icon} />
                {label}
              </Link>
            </li>
          ))}
      </ul>
    </>
  )
}
