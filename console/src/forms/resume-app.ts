/** Lets the paused flows of an Integration App run again. */
import { useAct } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import { notify } from '../parts/notices.tsx'

export function useResumeApp(): (integration: { readonly _id: string }) => void {
  const resume = useAct('resumeIntegration', 'getIntegration', 'listLicenses')
  return ({ _id }) => resume.mutate({ params: { _id } }, { onSuccess: () => notify(appWords.app.resumed) })
}
