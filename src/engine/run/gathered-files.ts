/**
 * Writes the files that the imports of a run have gathered, once its last page is through. A file that cannot be written is an error of its step that keeps
 * what was gathered: its retry writes it. So does one whose run ended before.
 */
import type { World } from '../../domain/context.ts'
import type { AbandonedFile, GatheredFile } from '../../domain/ports/flows/gathered-files.ts'
import { redactNothing } from '../../domain/redaction/masker.ts'
import type { Failure } from '../adaptor.ts'
import type { FinishedFile, FlowStep, PageResult, StepRetry } from '../plan/plan.ts'
import { sortPaths } from '../plan/compile-flow.ts'
import { RunLost } from './lease.ts'
import { openPageResult } from './page-result.ts'
import type { Running } from './run-outcome.ts'

/** Throws RunLost where another worker has the run. */
export async function writeGathered({ store }: World, { envId, run, plan, pageCommit, lease }: Running): Promise<void> {
  const steps = new Map(sortPaths(plan.path).flatMap((path) => path.steps.map((step) => [step.stepId, step] as const)))
  for (const file of await store.gatheredFiles.list(envId, run.job._id)) {
    lease.signal.throwIfAborted()
    const { failures, warnings } = await finished(steps.get(file.stepId), file)
    const pageResult = pageCommit.openPage()
    for (const failure of failures) pageResult.failStep(file.stepId, failure, undefined, again(file))
    for (const warning of warnings) pageResult.failStep(file.stepId, warning)
    const done = failures.length > 0 ? { held: [file.key] } : { written: [file.key] }
    if ((await pageCommit.commit([{ pageResult, ...done }])) === 'lost') throw new RunLost()
  }
}

async function finished(step: FlowStep | undefined, file: GatheredFile): Promise<FinishedFile> {
  if (step?.finish) return step.finish(file)
  const message = `The file ${nameOf(file)} was gathered by an import that is no longer in the flow, or writes no files any more.`
  return { failures: [{ source: 'internal', code: 'step_missing', message }], warnings: [] }
}

const nameOf = ({ target: { directoryPath, fileName } }: GatheredFile): string => `${directoryPath}/${fileName}`

/** What people see of it, and may correct. */
const again = ({ key, target: { directoryPath, fileName }, records, retries }: GatheredFile): StepRetry => ({
  data: { fileName, directoryPath, numRecords: records },
  gathered: key,
  retries,
})

/** Files that are looked for at once. */
const atOnce = 20

/** Runs that were canceled, or failed before they came to their files: each of these becomes an error of its step. */
export async function holdAbandonedFiles(world: World): Promise<void> {
  for (let found = atOnce; found === atOnce;) {
    found = await world.store.transaction(async (rows) => {
      const files = await rows.gatheredFiles.takeAbandoned(atOnce)
      for (const file of files) {
        const { envId, flowId, jobId, stepId, key } = file
        const pageResult: PageResult = openPageResult(world, jobId, true, redactNothing)
        pageResult.failStep(stepId, abandoned(file), undefined, again(file))
        await rows.flowErrors.add(envId, flowId, pageResult.errors)
        await rows.gatheredFiles.hold(envId, [key])
      }
      return files.length
    })
  }
}

const abandoned = (file: AbandonedFile): Failure => ({
  source: 'internal',
  code: 'file_not_written',
  message: `The run ${file.status === 'canceled' ? 'was canceled' : 'ended'} before the file ${nameOf(file)} was written. The records that it had by then are kept for 30 days: a retry of this error writes them.`,
})
