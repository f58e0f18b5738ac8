/** Says who looks after errors: somebody who works in the account. */
import { useLater } from '../api/queries.ts'
import { useMay, useSession } from '../api/session.ts'
import { errorWords } from '../words/errors.ts'
import { Field } from '../parts/field.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

interface AssignErrorsProps {
  readonly onAssign: (email: string) => Promise<void>
  readonly onClose: () => void
}

export function AssignErrorsForm({ onAssign, onClose }: AssignErrorsProps) {
  const { user } = useSession()
  const may = useMay()
  const shares = useLater('listAShares', {}, may('listAShares')).data ?? []
  const emails = [...new Set([user.email, ...shares.flatMap(({ accepted, sharedWithUser }) => (accepted ? [sharedWithUser.email] : []))])]
  const { register, frame, formState } = useSavedForm({ email: user.email }, async ({ email }) => {
    await onAssign(email)
    onClose()
  })
  return (
    <FormDialog title={errorWords.assign} action={errorWords.assign} {...frame} onClose={onClose}>
      <Field label={errorWords.assignee} error={formState.errors.email?.message}>
        {(props) => (
          <>
            <input className="input" type="email" list={`${props.id}-users`} required {...register('email')} {...props} />
            <datalist id={`${props.id}-users`}>
              {emails.map((email) => (
                <option key={email} value={email} />
              ))}
            </datalist>
          </>
        )}
      </Field>
    </FormDialog>
  )
}
