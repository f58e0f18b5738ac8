/** What can be done with a group of flows: renamed, moved, filled, removed. And the dialogs of it, which load when one is opened. */
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { explain } from '../../api/client.ts'
import { changeGroups } from '../../api/integration-list.ts'
import { words } from '../../words.ts'
import { groupWords } from '../../words/flow-groups.ts'
import { paths } from '../../paths.ts'
import { Confirm } from '../../parts/dialog.tsx'
import { MoreMenu, type MenuItem } from '../../parts/menu.tsx'
import { notify } from '../../parts/notices.tsx'

const AddFlowGroupForm = lazy(async () => ({ default: (await import('../../forms/edit-flow-group.tsx')).AddFlowGroupForm }))
const EditFlowGroupForm = lazy(async () => ({ default: (await import('../../forms/edit-flow-group.tsx')).EditFlowGroupForm }))
const MoveFlowForm = lazy(async () => ({ default: (await import('../../forms/group-flows.tsx')).MoveFlowForm }))
const ChooseFlowsForm = lazy(async () => ({ default: (await import('../../forms/group-flows.tsx')).ChooseFlowsForm }))

export interface FlowGroup {
  readonly _id?: string
  readonly name: string
}

type Known = FlowGroup & { readonly _id: string }
type Flow = { readonly _id: string; readonly name: string }

/** Which dialog is open, about what. */
export type OpenGroupAct =
  | { readonly act: 'add' }
  | { readonly act: 'edit' | 'remove' | 'choose'; readonly group: Known }
  | { readonly act: 'move'; readonly flow: Flow }

interface GroupMenuProps {
  readonly integrationId: string
  readonly group: Known
  readonly groups: readonly FlowGroup[]
  readonly onOpen: (act: OpenGroupAct) => void
}

export function GroupMenu({ integrationId, group, groups, onOpen }: GroupMenuProps) {
  const navigate = useNavigate()
  const place = groups.findIndex(({ _id }) => _id === group._id)
  const move = (by: number) => {
    changeGroups(integrationId, (now) => withMoved(now, group._id, by)).catch((error: unknown) => notify(explain(error), true))
  }
  const items: readonly MenuItem[] = [
    { label: groupWords.rename, icon: 'gear', onSelect: () => onOpen({ act: 'edit', group }) },
    { label: groupWords.choose, icon: 'list', onSelect: () => onOpen({ act: 'choose', group }) },
    ...(place > 0 ? [{ label: groupWords.up, icon: 'up' as const, onSelect: () => move(-1) }] : []),
    ...(place < groups.length - 1 ? [{ label: groupWords.down, icon: 'down' as const, onSelect: () => move(1) }] : []),
    {
      label: groupWords.settings,
      icon: 'code',
      onSelect: () => void navigate({ to: paths.integrationSettings(integrationId), search: { group: group._id } } as never),
    },
    { label: groupWords.remove, icon: 'bin', danger: true, onSelect: () => onOpen({ act: 'remove', group }) },
  ]
  return <MoreMenu label={`${words.actions.more}: ${groupWords.acts(group.name)}`} items={items} />
}

/** As it is now: somebody else may have moved it or taken it away. */
function withMoved<G extends FlowGroup>(groups: readonly G[], id: string, by: number): readonly G[] {
  const from = groups.findIndex(({ _id }) => _id === id)
  if (from < 0 || from + by < 0 || from + by >= groups.length) return groups
  const next = [...groups]
  next.splice(from + by, 0, ...next.splice(from, 1))
  return next
}

interface GroupDialogProps {
  readonly integrationId: string
  readonly open: OpenGroupAct | undefined
  readonly groups: readonly FlowGroup[]
  readonly onClose: () => void
}

export function GroupDialog({ integrationId, open, groups, onClose }: GroupDialogProps) {
  return (
    <Suspense>
      {open?.act === 'add' && <AddFlowGroupForm integrationId={integrationId} onClose={onClose} />}
      {open?.act === 'edit' && <EditFlowGroupForm integrationId={integrationId} group={open.group} onClose={onClose} />}
      {open?.act === 'choose' && <ChooseFlowsForm integrationId={integrationId} group={open.group} onClose={onClose} />}
      {open?.act === 'move' && <MoveFlowForm flow={open.flow} groups={groups} onClose={onClose} />}
      {open?.act === 'remove' && <RemoveGroup integrationId={integrationId} group={open.group} onClose={onClose} />}
    </Suspense>
  )
}

function RemoveGroup({
  integrationId,
  group: { _id, name },
  onClose,
}: Omit<GroupMenuProps, 'groups' | 'onOpen'> & { onClose: () => void }) {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const remove = async () => {
    setBusy(true)
    try {
      await changeGroups(integrationId, (groups) => groups.filter((each) => each._id !== _id))
      notify(groupWords.removed(name))
      onClose()
    } catch (refusal) {
      setError(refusal)
      setBusy(false)
    }
  }
  return (
    <Confirm
      title={groupWords.removeTitle(name)}
      action={groupWords.remove}
      kind="danger"
      busy={isBusy}
      error={error}
      onConfirm={() => void remove()}
      onClose={onClose}
    >
      <p>{groupWords.removeWhy}</p>
    </Confirm>
  )
}
