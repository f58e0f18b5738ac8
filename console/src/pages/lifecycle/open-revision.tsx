/** A pull, a revert or files that are open: what comes, the conflicts to decide, what to choose in this environment, and whether to apply it. */
import type { ResourceDifference } from '../../../../src/contract/operations/lifecycle/revision-diff.ts'
import { Suspense } from 'react'
import { useData, useLater } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { useUrlState } from '../../url-state.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { Differences } from '../../parts/diff/differences.tsx'
import { MentionList } from '../../parts/diff/mention-list.tsx'
import { Loading } from '../../parts/states.tsx'
import { WizardFoot, WizardSteps, type WizardStep } from '../../parts/wizard.tsx'
import { ApplyStep } from './apply-step.tsx'
import { ConflictsStep } from './conflicts-step.tsx'
import type { Revision } from './revision.tsx'
import { RevisionChoices } from './revision-choices.tsx'

const words = lifecycleWords.revision
type Step = 'changes' | 'conflicts' | 'choices' | 'apply'

export function OpenRevision({ revision }: { readonly revision: Revision }) {
  const { _id: _revisionId, _integrationId: _id, installSteps = [] } = revision
  const params = { _id, _revisionId }
  const conflicts = useLater('listRevisionConflicts', { params }).data
  const [current, setStep] = useUrlState('step', 'changes') as [Step, (step: Step) => void]
  const may = useMay(_id)
  const undecided = conflicts?.filter(({ use }) => use === undefined).length ?? 0
  const open = installSteps.filter((step) => step['completed'] !== true).length
  const steps: readonly WizardStep<Step>[] = [
    { name: 'changes', label: words.steps.changes, isDone: current !== 'changes' },
    { name: 'conflicts', label: words.steps.conflicts, open: undecided, isDone: conflicts !== undefined && undecided === 0 },
    { name: 'choices', label: words.steps.choices, open, isDone: open === 0 },
    { name: 'apply', label: words.steps.apply },
  ]
  return (
    <>
      <WizardSteps label={words.stepsLabel} steps={steps} current={current} onGo={setStep} />
      <Suspense fallback={<Loading />}>
        {current === 'changes' && <Changes revision={revision} />}
        {current === 'conflicts' && <ConflictsStep revision={revision} mayDecide={may('resolveRevisionConflicts')} />}
        {current === 'choices' && <RevisionChoices revision={revision} mayChoose={may('completeRevisionInstallStep')} />}
        {current === 'apply' && <ApplyStep revision={revision} undecided={undecided} open={open} mayApply={may('applyRevision')} />}
      </Suspense>
      <WizardFoot
        steps={steps}
        current={current}
        onGo={setStep}
        isWaiting={(current === 'conflicts' && undecided > 0) || (current === 'choices' && open > 0)}
      />
    </>
  )
}

function Changes({ revision }: { readonly revision: Revision }) {
  const { _id: _revisionId, _integrationId: _id, leftOut = [], mentions = [] } = revision
  const differences = useData('getIntegrationRevisionDiff', { params: { _id, _revisionId }, query: { format: 'changes' } })
  return (
    <>
      <p className="soft lead">{words.changesHint}</p>
      <Differences
        label={words.would}
        differences={differences as readonly ResourceDifference[]}
        useWhole={(isWanted) => useLater('getIntegrationRevisionDiff', { params: { _id, _revisionId } }, isWanted)}
      />
      {leftOut.length > 0 && (
        <details className="diff-type">
          <summary>
            {words.leftOut} <span className="soft">{leftOut.length}</span>
          </summary>
          <p className="soft plain-list">{words.leftOutHint}</p>
          <ul className="plain-list">
            {leftOut.map((each) => (
              <li key={each._id}>{each.name}</li>
            ))}
          </ul>
        </details>
      )}
      <MentionList mentions={mentions} />
    </>
  )
}
