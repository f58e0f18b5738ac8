/** Makes a group of flows in an integration, or renames one. */
import { changeGroups, readIntegration } from '../api/integration-list.ts'
import type { Problem } from '../api/problems.ts'
import type { Versioned } from '../api/versioned.ts'
import { words } from '../words.ts'
import { groupWords } from '../words/flow-groups.ts'
import type { FormView } from '../parts/document-editor.tsx'
import { FieldControl } from '../parts/field-control.tsx'
import { notify } from '../parts/notices.tsx'
import { BodyDialog, StoredDialog } from './document-dialog.tsx'

interface FlowGroupFormProps {
  readonly integrationId: string
  readonly onClose: () => void
}

interface Group {
  readonly _id?: string
  readonly name: string
}

export function AddFlowGroupForm({ integrationId, onClose }: FlowGroupFormProps) {
  return (
    <BodyDialog
      title={groupWords.add}
      action={words.actions.create}
      form={form}
      start={{ name: '' }}
      check={check}
      save={async (value) => {
        const group = value as Group
        await changeGroups(integrationId, (groups) => [...refuseTaken(groups, group), group])
        notify(groupWords.added(group.name))
      }}
      onClose={onClose}
    />
  )
}

export function EditFlowGroupForm({ integrationId, group, onClose }: FlowGroupFormProps & { readonly group: Group }) {
  const { _id } = group
  const load = async (): Promise<Versioned<object>> => {
    const { result, version } = await readIntegration(integrationId)
    const found = result.flowGroupings?.find((each) => each._id === _id)
    if (!found) throw new Error(groupWords.gone)
    return { result: found, version }
  }
  return (
    <StoredDialog
      title={groupWords.edit(group.name)}
      action={words.actions.save}
      form={form}
      load={load}
      check={check}
      save={async (value, version) => {
        const changed = { ...(value as Group), ...(_id !== undefined && { _id }) }
        await changeGroups(
          integrationId,
          (groups) => {
            refuseTaken(
              groups.filter((each) => each._id !== _id),
              changed,
            )
            return groups.map((each) => (each._id === _id ? changed : each))
          },
          version,
        )
        notify(groupWords.saved)
      }}
      onClose={onClose}
    />
  )
}

/** Two of one name could not be told apart. */
function refuseTaken<G extends Group>(groups: readonly G[], { name }: Group): readonly G[] {
  if (groups.some((each) => each.name === name)) throw new Error(groupWords.taken(name))
  return groups
}

const check = (value: object): readonly Problem[] => {
  const { name } = value as { readonly name?: unknown }
  return typeof name === 'string' && name.trim() !== '' ? [] : [{ field: 'name', message: groupWords.nameMissing }]
}

const form: FormView = {
  fields: () => new Set(['name']),
  draw: ({ values, problems, isReadOnly, onChange }) => (
    <FieldControl
      kind="text"
      label={groupWords.name}
      value={values['name']}
      error={problems.get('name')}
      isReadOnly={isReadOnly}
      onChange={(name) => onChange({ ...values, name })}
    />
  ),
}
