/** Begins to remove an Integration App, or a child of one: its flows stop, and its steps follow where it has some. */
import { useNavigate } from '@tanstack/react-router'
import { useAct } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../parts/dialog.tsx'
import { notify } from '../parts/notices.tsx'

interface UninstallAppProps {
  readonly integration: { readonly _id: string; readonly name: string }
  /** It is removed from the page of its parent, where one stays. */
  readonly isChild?: boolean
  readonly onClose: () => void
}

const words = appWords.app

export function UninstallAppForm({ integration: { _id, name }, isChild = false, onClose }: UninstallAppProps) {
  const uninstall = useAct(
    'uninstallIntegration',
    'getIntegration',
    'getIntegrationTreeMetadata',
    'listTiles',
    'listRecycleBin',
    'listLicenses',
  )
  const navigate = useNavigate()
  const confirm = () =>
    uninstall.mutate(
      { params: { _id } },
      {
        onSuccess: (after) => {
          onClose()
          if (after) return void navigate({ to: paths.integrationSetup(_id) })
          notify(words.uninstalled(name))
          return isChild ? undefined : void navigate({ to: paths.home() })
        },
      },
    )
  return (
    <Confirm
      title={words.uninstallAsk(name)}
      action={words.uninstall}
      kind="danger"
      busy={uninstall.isPending}
      error={uninstall.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{words.uninstallHint}</p>
    </Confirm>
  )
}
