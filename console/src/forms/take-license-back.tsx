/** Takes a licence back from the account that has it. */
import type { CallResult } from '../api/client.ts'
import { useAct } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import { Confirm } from '../parts/dialog.tsx'
import { notify } from '../parts/notices.tsx'

interface TakeLicenseBackProps {
  readonly connectorId: string
  readonly license: CallResult<'listConnectorLicenses'>[number]
  readonly onClose: () => void
}

const words = appWords.licenses

export function TakeLicenseBackForm({ connectorId, license, onClose }: TakeLicenseBackProps) {
  const remove = useAct('deleteConnectorLicense', 'listConnectorLicenses', 'listInstallBase', 'listLicenses')
  const confirm = () =>
    remove.mutate(
      { params: { _id: connectorId, _licenseId: license._id } },
      {
        onSuccess: () => {
          notify(words.takenBack)
          onClose()
        },
      },
    )
  return (
    <Confirm
      title={words.takeBackAsk(license.user.email)}
      action={words.takeBack}
      kind="danger"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{words.takeBackHint}</p>
    </Confirm>
  )
}
