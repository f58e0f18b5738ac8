/** Changes the name, the description and the notes of an integration. */
import { call } from '../api/client.ts'
import { readIntegration } from '../api/integration-list.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { ifMatch } from '../api/versioned.ts'
import { words } from '../words.ts'
import { adminWords } from '../words/admin.ts'
import { integrationWords } from '../words/integrations.ts'
import type { FormView, FormViewProps } from '../parts/document-editor.tsx'
import { FieldControl, type ControlKind } from '../parts/field-control.tsx'
import { notify } from '../parts/notices.tsx'
import { StoredDialog } from './document-dialog.tsx'

interface EditIntegrationProps {
  readonly id: string
  readonly onClose: () => void
}

export function EditIntegrationForm({ id, onClose }: EditIntegrationProps) {
  return (
    <StoredDialog
      title={adminWords.details}
      action={words.actions.save}
      form={form}
      load={() => readIntegration(id)}
      save={async (value, version) => {
        await call('updateIntegration', { params: { _id: id }, body: value as never, ...ifMatch(version) })
        await refresh(queryClient, ['getIntegration', 'listTiles', 'listIntegrationAudit'])
        notify(adminWords.saved)
      }}
      onClose={onClose}
    />
  )
}

const fields = {
  name: { kind: 'text', label: integrationWords.integration.name },
  description: { kind: 'text', label: integrationWords.integration.description },
  readme: { kind: 'long', label: adminWords.readme },
} as const satisfies Readonly<Record<string, { readonly kind: ControlKind; readonly label: string }>>

const form: FormView = {
  fields: () => new Set(Object.keys(fields)),
  draw: (props) =>
    Object.entries(fields).map(([name, { kind, label }]) => <DetailField key={name} name={name} kind={kind} label={label} {...props} />),
}

interface DetailFieldProps extends FormViewProps {
  readonly name: string
  readonly kind: ControlKind
  readonly label: string
}

const DetailField = ({ name, kind, label, values, problems, isReadOnly, onChange }: DetailFieldProps) => (
  <FieldControl
    kind={kind}
    label={label}
    value={values[name]}
    error={problems.get(name)}
    isReadOnly={isReadOnly}
    onChange={(value) => onChange({ ...values, [name]: value })}
  />
)
