/** Brings an Integration App to another edition: that of its licence, or of another licence that is free. */
import { useNavigate } from '@tanstack/react-router'
import type { CallResult } from '../api/client.ts'
import { findOpenSteps } from '../api/app-steps.ts'
import { useAct } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import { paths } from '../paths.ts'
import { Field } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

type License = CallResult<'listLicenses'>[number]

interface ChangeEditionProps {
  readonly integrationId: string
  readonly license: License | undefined
  readonly free: readonly License[]
  readonly onClose: () => void
}

const words = appWords.app

export function ChangeEditionForm({ integrationId, license, free, onClose }: ChangeEditionProps) {
  const change = useAct('changeIntegrationEdition', 'getIntegration', 'listLicenses', 'listIntegrationFlows', 'listTiles')
  const navigate = useNavigate()
  const { register, frame, formState } = useSavedForm({ _licenseId: free[0]?._id ?? '' }, async ({ _licenseId }) => {
    const made = await change.mutateAsync({ params: { _id: integrationId }, ...(_licenseId && { body: { _licenseId } }) })
    const hasSteps = findOpenSteps(made) !== undefined
    notify(hasSteps ? words.editionChanging : appWords.setup.finished('changeEditionSteps'))
    onClose()
    if (hasSteps) await navigate({ to: paths.integrationSetup(integrationId) })
  })
  return (
    <FormDialog title={words.changeEdition} action={words.changeEdition} {...frame} onClose={onClose}>
      <p className="soft">{words.changeEditionHint}</p>
      <Field label={words.licenseToUse} error={formState.errors._licenseId?.message}>
        {(props) => (
          <select className="input" {...register('_licenseId')} {...props}>
            <option value="">{`${words.ownLicense}${license?.edition ? `: ${license.edition}` : ''}`}</option>
            {free.map(({ _id, edition }) => (
              <option key={_id} value={_id}>
                {edition ?? _id}
              </option>
            ))}
          </select>
        )}
      </Field>
    </FormDialog>
  )
}
