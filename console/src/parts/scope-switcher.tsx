/** Where one works: the account, one's own or one that is shared, and the environment in it. */
import { useNavigate } from '@tanstack/react-router'
import { useLater } from '../api/queries.ts'
import { useSession } from '../api/session.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { Icon } from './icon.tsx'
import { Menu, type MenuItem } from './menu.tsx'

export function ScopeSwitcher() {
  const { account, environment, _ashareId } = useSession()
  const environments = useLater('listEnvironments', {}).data ?? []
  const shared = useLater('listSharedAShares', {}).data ?? []
  const go = useEnter()
  const accounts = shared.filter(({ accepted }) => accepted === true)
  const items: (MenuItem | { heading: string })[] = [
    { heading: words.frame.environments },
    ...withProduction(environments, account).map(({ _id, name }) => ({
      label: name,
      checked: _id === environment._id,
      onSelect: () => go({ account: _ashareId, env: _id === account._id ? undefined : _id }),
    })),
  ]
  if (accounts.length > 0)
    items.push(
      { heading: words.frame.accounts },
      { label: words.frame.ownAccount, checked: _ashareId === undefined, onSelect: () => go({}) },
      ...accounts.map(({ _id, ownerUser }) => ({
        label: ownerUser?.name ?? ownerUser?.email ?? _id,
        checked: _id === _ashareId,
        onSelect: () => go({ account: _id }),
      })),
    )
  return (
    <Menu
      className="scope"
      items={items}
      trigger={
        <>
          <span className="hidden">{words.frame.switchScope}:</span>
          <span className="scope-text">
            <strong>{environment.name}</strong>
            <small>{account.name}</small>
          </span>
          <Icon name="updown" />
        </>
      }
    />
  )
}

/** Production is the environment with the id of its account, and stands in no list. */
export const withProduction = (environments: readonly { _id: string; name: string }[], { _id }: { readonly _id: string }) =>
  environments.some((each) => each._id === _id) ? environments : [{ _id, name: words.frame.production }, ...environments]

/** What is on the page belongs to where one was: the start page of the other place follows. */
function useEnter(): (scope: { readonly account?: string | undefined; readonly env?: string | undefined }) => void {
  const navigate = useNavigate()
  return ({ account, env }) => void navigate({ to: paths.home(), search: { account, env } } as never)
}
