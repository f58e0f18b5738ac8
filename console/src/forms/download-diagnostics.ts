/** Fetches the diagnostics of a run, into the downloads of the browser. */
import { callForFile, explain } from '../api/client.ts'
import { notify } from '../parts/notices.tsx'
import { saveAs } from './download-files.ts'

export function downloadDiagnostics(runId: string): void {
  callForFile('getJobDiagnostics', { params: { _id: runId } })
    .then((file) => saveAs(file, `run-${runId}.json`))
    .catch((error: unknown) => notify(explain(error), true))
}
