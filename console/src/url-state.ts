/** What a page shows is said by its address: filters, sort, tabs and pages survive reload, back and a shared link. */
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'

type Search = Readonly<Record<string, string | undefined>>

export const useSearchParams = (): Search => useSearch({ strict: false }) as Search

/** A part of the address and the way to change it. What stands for the default is left out of the address. */
export function useUrlState(key: string, byDefault = ''): [value: string, set: (value: string, isAsked?: boolean) => void] {
  const change = useSearchChange()
  return [useSearchParams()[key] ?? byDefault, (value, isAsked) => change({ [key]: value === byDefault ? undefined : value }, isAsked)]
}

/** Changes several parts of the address at once. `isAsked`: nothing is lost by it, or somebody was asked already. */
export function useSearchChange(): (changes: Search, isAsked?: boolean) => void {
  const navigate = useNavigate()
  return (changes, isAsked = false) =>
    void navigate({
      to: '.',
      replace: true,
      ignoreBlocker: isAsked,
      search: (before: Search) => withChanges(before, changes),
    } as never)
}

const withChanges = (before: Search, changes: Search): Search =>
  Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== undefined && value !== ''))

export const useParam = (name: string): string => (useParams({ strict: false }) as Record<string, string | undefined>)[name] ?? ''

export const parseSearch = (search: string): Search => Object.fromEntries(new URLSearchParams(search))

export function stringifySearch(search: Search): string {
  const pairs = Object.entries(search).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, value] as [string, string]],
  )
  return pairs.length > 0 ? `?${new URLSearchParams(pairs).toString()}` : ''
}
