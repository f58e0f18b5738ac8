/** Makes a child of an Integration App, and opens it: at its steps where it has some. */
import { useNavigate } from '@tanstack/react-router'
import { findOpenSteps } from '../api/app-steps.ts'
import { useAct } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import { paths } from '../paths.ts'
import { notify } from '../parts/notices.tsx'

export function useAddChild(_id: string) {
  const init = useAct('initChildIntegration', 'getIntegrationTreeMetadata', 'listTiles', 'listIntegrations')
  const navigate = useNavigate()
  const add = () =>
    init.mutate(
      { params: { _id } },
      {
        onSuccess: (child) => {
          notify(appWords.app.childMade(child.name))
          if (findOpenSteps(child)) void navigate({ to: paths.integrationSetup(child._id) })
        },
      },
    )
  return { add, isAdding: init.isPending }
}
