/** What stands around every page: where one works, where one can go, who one is. */
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { Suspense } from 'react'
import { words } from './words.ts'
import { paths } from './paths.ts'
import { Icon, Mark, type IconName } from './parts/icon.tsx'
import { Loading } from './parts/states.tsx'
import { ScopeSwitcher } from './parts/scope-switcher.tsx'
import { SessionEnded } from './parts/session-ended.tsx'
import { UserMenu } from './parts/user-menu.tsx'

interface Place {
  readonly label: string
  readonly icon: IconName
  readonly to: string
}

const main: readonly Place[] = [{ label: words.home.title, icon: 'home', to: paths.home() }]

export function Frame() {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  return (
    <div className="frame">
      <a className="skip" href="#page">
        {words.frame.skip}
      </a>
      <aside className="side">
        <div className="side-head">
          <Link to={paths.home()} className="brand">
            <Mark />
            {words.product}
          </Link>
        </div>
        <ScopeSwitcher />
        <nav aria-label={words.frame.navigation} className="places">
          <Places places={main} />
        </nav>
        <UserMenu />
      </aside>
      <SessionEnded />
      <main id="page" tabIndex={-1} key={path.split('/').slice(0, 3).join('/')}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  )
}

function Places({ heading, places }: { readonly heading?: string; readonly places: readonly Place[] }) {
  return (
    <>
      {heading && <h2 className="places-heading">{heading}</h2>}
      <ul>
        {places.map(({ label, icon, to }) => (
          <li key={to}>
            <Link to={to} activeOptions={{ exact: to === paths.home() }} activeProps={{ className: 'active', 'aria-current': 'page' }}>
              <Icon name={icon} />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </>
  )
}
