/** Who one is: the profile, light or dark, the way out. */
import { useNavigate } from '@tanstack/react-router'
import { call, CallRefused, explain } from '../api/client.ts'
import { savePreferences, usePreferences } from '../api/preferences.ts'
import { queryClient } from '../api/queries.ts'
import { useSession } from '../api/session.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { mayDiscard, unsavedOnPage } from './dialog-state.ts'
import { Icon } from './icon.tsx'
import { Menu } from './menu.tsx'
import { notify } from './notices.tsx'

const themes = [undefined, 'light', 'dark'] as const

export function UserMenu() {
  const { user } = useSession()
  const navigate = useNavigate()
  const { colorTheme } = usePreferences()
  const signOut = async () => {
    if (!mayDiscard(unsavedOnPage.size > 0)) return
    try {
      await call('deleteSession')
    } catch (error) {
      // The page says that one is signed out only where the session has ended.
      if (!(error instanceof CallRefused && error.status === 401)) return refuse(error)
    }
    queryClient.clear()
    await navigate({ to: paths.signIn(), ignoreBlocker: true })
  }
  return (
    <Menu
      className="user"
      items={[
        { label: words.frame.profile, icon: 'user', onSelect: () => void navigate({ to: paths.profile() }) },
        { label: words.frame.apiDescription, icon: 'external', onSelect: () => window.open(paths.apiDescription(), '_blank', 'noopener') },
        { heading: words.frame.theme },
        ...themes.map((each) => ({
          label: words.frame.themes[each ?? 'system'],
          checked: each === colorTheme,
          onSelect: () => void savePreferences({ colorTheme: each }).catch(refuse),
        })),
        { heading: user.email },
        { label: words.frame.signOut, onSelect: () => void signOut() },
      ]}
      trigger={
        <>
          <span className="avatar" aria-hidden="true">
            {initialsOf(user.name || user.email)}
          </span>
          <span className="hidden">{words.frame.userMenu}:</span>
          <span className="user-name">{user.name || user.email}</span>
          <Icon name="updown" />
        </>
      }
    />
  )
}

const refuse = (error: unknown): void => void notify(explain(error), true)

const initialsOf = (name: string): string => Array.from(name.trim())[0]?.toUpperCase() ?? '?'
