/** When a licence ends, red where that has been. */
import type { CallResult } from '../api/client.ts'
import { appWords } from '../words/apps.ts'
import { Badge } from './status.tsx'
import { exactTime } from './time.tsx'

type License = Pick<CallResult<'listLicenses'>[number], 'expires' | 'trialEndDate'>

export function LicenseEnd({ license: { expires, trialEndDate } }: { readonly license: License }) {
  const end = expires ?? trialEndDate
  if (end === undefined) return <>{appWords.app.never}</>
  if (new Date(end).getTime() < Date.now()) return <Badge tone="error">{appWords.licenses.expired}</Badge>
  return <time dateTime={end}>{exactTime(end)}</time>
}
