/** Who one is: the profile, light or dark, the way out. */
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { queryClient } from '../api/queries.ts'
import { useSession } from '../api/session.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { Icon } from './icon.tsx'
import { Menu } from './menu.tsx'

const themes = ['system', 'light', 'dark'] as const
type Theme = (typeof themes)[number]
const stored = 'sluice.theme'

export function UserMenu() {
  const { user } = useSession()
  const navigate = useNavigate()
  const [theme, setTheme] = useTheme()
  const signOut = async () => {
    await call('deleteSession').catch(() => {})
    queryClient.clear()
    await navigate({ to: paths.signIn() })
  }
  return (
    <Menu
      className="user"
      items={[
        { label: words.profile.title, icon: 'user', onSelect: () => void navigate({ to: paths.profile() }) },
        { label: words.frame.apiDescription, icon: 'external', onSelect: () => window.open(paths.apiDescription(), '_blank', 'noopener') },
        { heading: words.frame.theme },
        ...themes.map((each) => ({ label: words.frame.themes[each], checked: each === theme, onSelect: () => setTheme(each) })),
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

const initialsOf = (name: string): string => Array.from(name.trim())[0]?.toUpperCase() ?? '?'

function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, set] = useState<Theme>(() => (localStorage.getItem(stored) as Theme | null) ?? 'system')
  return [
    theme,
    (next) => {
      set(next)
      if (next === 'system') {
        localStorage.removeItem(stored)
        delete document.documentElement.dataset['theme']
      } else {
        localStorage.setItem(stored, next)
        document.documentElement.dataset['theme'] = next
      }
    },
  ]
}
