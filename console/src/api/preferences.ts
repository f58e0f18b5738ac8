/** What the user prefers, kept by the server. A session that began with a token of less has no preferences: pages look as they do by default. */
import { useSuspenseQuery } from '@tanstack/react-query'
import { setTimezone } from '../parts/time.tsx'
import { call, type CallResult } from './client.ts'
import { queryClient, queryOf } from './queries.ts'

type Preferences = CallResult<'getPreferences'>

const preferencesQuery = () => ({ ...queryOf('getPreferences', {}), staleTime: Infinity, retry: false })

/** Once, before the first page. */
export async function readPreferences(): Promise<void> {
  const { queryKey } = preferencesQuery()
  if (queryClient.getQueryData(queryKey)) return
  try {
    const { colorTheme, timezone } = await queryClient.ensureQueryData(preferencesQuery())
    applyTheme(colorTheme)
    setTimezone(timezone)
  } catch {
    queryClient.setQueryData<Preferences>(queryKey, {})
  }
}

export const usePreferences = (): Preferences => useSuspenseQuery(preferencesQuery()).data

/** At once on the page, and in every browser of the user from the next visit on. What is undefined is as it is by default. */
export function savePreferences(changes: { readonly [K in keyof Preferences]?: Preferences[K] | undefined }): Promise<unknown> {
  const { queryKey } = preferencesQuery()
  const body = { ...queryClient.getQueryData(queryKey), ...changes } as Preferences
  queryClient.setQueryData(queryKey, body)
  if ('colorTheme' in changes) applyTheme(changes.colorTheme)
  if ('timezone' in changes) setTimezone(changes.timezone)
  return call('updatePreferences', { body })
}

/** theme.js reads it before the first paint. */
const storedTheme = 'sluice.theme'

function applyTheme(theme: Preferences['colorTheme']): void {
  if (theme) {
    localStorage.setItem(storedTheme, theme)
    document.documentElement.dataset['theme'] = theme
  } else {
    localStorage.removeItem(storedTheme)
    delete document.documentElement.dataset['theme']
  }
}
