/** Puts flows into a group of their integration, or takes them out: one flow by its own dialog, several by that of the group. */
import { useState } from 'react'
import { call, callWithVersion, type CallResult } from '../api/client.ts'
import { queryClient, refresh, useData } from '../api/queries.ts'
import { ifMatch } from '../api/versioned.ts'
import { words } from '../words.ts'
import { groupWords } from '../words/flow-groups.ts'
import type { FormView } from '../parts/document-editor.tsx'
import { FieldControl } from '../parts/field-control.tsx'
import { notify } from '../parts/notices.tsx'
import { PickSeveral } from '../parts/pick-list.tsx'
import { BodyDialog, StoredDialog } from './document-dialog.tsx'

type Flow = CallResult<'getFlow'>
interface Group {
  readonly _id?: string
  readonly name: string
}

const read = (_id: string) => callWithVersion('getFlow', { params: { _id } })
const save = (flow: Flow, version: string | undefined) => call('updateFlow', { params: { _id: flow._id }, body: flow, ...ifMatch(version) })
const refreshFlows = () => refresh(queryClient, ['listIntegrationFlows', 'listFlows', 'getFlow'])

interface MoveFlowProps {
  readonly flow: { readonly _id: string; readonly name: string }
  readonly groups: readonly Group[]
  readonly onClose: () => void
}

export function MoveFlowForm({ flow: { _id, name }, groups, onClose }: MoveFlowProps) {
  const form: FormView = {
    fields: () => new Set(['_flowGroupingId']),
    draw: ({ values: { _flowGroupingId, ...rest }, problems, isReadOnly, onChange }) => (
      <FieldControl
        kind="select"
        label={groupWords.group}
        none={groupWords.none}
        options={groups.map((group) => ({ value: group._id ?? '', label: group.name }))}
        value={_flowGroupingId}
        error={problems.get('_flowGroupingId')}
        isReadOnly={isReadOnly}
        onChange={(id) => onChange(id === undefined ? rest : { ...rest, _flowGroupingId: id })}
      />
    ),
  }
  return (
    <StoredDialog
      title={groupWords.moveOf(name)}
      action={words.actions.save}
      form={form}
      load={() => read(_id)}
      save={async (value, version) => {
        await save(value as Flow, version)
        await refreshFlows()
        notify(groupWords.moved(name))
      }}
      onClose={onClose}
    />
  )
}

interface ChooseFlowsProps {
  readonly integrationId: string
  readonly group: Group & { readonly _id: string }
  readonly onClose: () => void
}

/** The body is no document of its own: it lists the flows, of which each is saved that comes or goes. */
export function ChooseFlowsForm({ integrationId, group, onClose }: ChooseFlowsProps) {
  const flows = useData('listIntegrationFlows', { params: { _id: integrationId } })
  const [before] = useState(() => flows.filter(({ _flowGroupingId }) => _flowGroupingId === group._id).map(({ _id }) => _id))
  const form: FormView = {
    fields: () => new Set(),
    draw: ({ values, isReadOnly, onChange }) => (
      <PickSeveral
        label={groupWords.chooseOf(group.name)}
        none={groupWords.noFlows}
        items={flows.map(({ _id, name }) => ({ id: _id, name }))}
        isReadOnly={isReadOnly}
        chosen={readIds(values)}
        onChange={(_flowIds) => onChange({ _flowIds })}
      />
    ),
  }
  const move = async (_id: string, isIn: boolean) => {
    const { result, version } = await read(_id)
    const { _flowGroupingId, ...rest } = result
    // Somebody else may have moved it on.
    if (isIn || _flowGroupingId === group._id) await save(isIn ? { ...rest, _flowGroupingId: group._id } : rest, version)
  }
  return (
    <BodyDialog
      title={groupWords.chooseOf(group.name)}
      action={words.actions.save}
      form={form}
      start={{ _flowIds: before }}
      save={async (value) => {
        const chosen = readIds(value)
        try {
          for (const id of chosen.filter((each) => !before.includes(each))) await move(id, true)
          for (const id of before.filter((each) => !chosen.includes(each))) await move(id, false)
        } finally {
          await refreshFlows()
        }
        notify(groupWords.chosen(group.name))
      }}
      onClose={onClose}
    />
  )
}

const readIds = (value: object): readonly string[] => {
  const { _flowIds } = value as { readonly _flowIds?: unknown }
  return Array.isArray(_flowIds) ? (_flowIds as readonly string[]) : []
}
