/** The page that somebody asked for before they signed in, and goes on to afterwards: one of this console. */
import { useNavigate } from '@tanstack/react-router'
import { paths } from '../paths.ts'
import { useSearchParams } from '../url-state.ts'
import { queryClient } from './queries.ts'

const stored = 'sluice.next'

/** For the way to another site and back, in this tab. */
export const keepNextPage = (): void => sessionStorage.setItem(stored, new URLSearchParams(location.search).get('next') ?? paths.home())

/** Whatever an address says, nobody is led to another site: browsers read `/\t/host` and `/.//host` as the name of one. */
function toOwnPage(next: string): string {
  const url = URL.parse(next, location.origin)
  if (url?.origin !== location.origin || !next.startsWith('/') || url.pathname.startsWith(paths.signIn())) return paths.home()
  return `${url.pathname.replace(/^\/+/, '/')}${url.search}${url.hash}`
}

/** Answers what leads on to the page that was asked for. */
export function useEnterAfterwards(): () => Promise<void> {
  const navigate = useNavigate()
  const { next } = useSearchParams()
  return async () => {
    const wanted = next ?? sessionStorage.getItem(stored) ?? paths.home()
    sessionStorage.removeItem(stored)
    queryClient.clear()
    await navigate({ href: toOwnPage(wanted), replace: true } as never)
  }
}
