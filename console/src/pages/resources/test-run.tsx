/** A test run of an API or a tool: its form, what it may change, and what it came to. */
import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { useStepNames } from '../../api/step-names.ts'
import { Button } from '../../parts/button.tsx'
import { FieldControl } from '../../parts/field-control.tsx'
import { Refusal } from '../../parts/states.tsx'
import { dataWords } from '../../words/data.ts'
import { Failures, TestedSteps, type Tested } from './test-result.tsx'
import './resource-parts.css'

const words = dataWords.test

/** What a test run may change outside. */
export interface TestPermissions {
  readonly allowImports: boolean
  readonly allowScriptWrites: boolean
}

interface TestRunProps<T extends Tested> {
  readonly children: ReactNode
  readonly run: (may: TestPermissions) => Promise<T>
  /** What it answered; undefined where it failed. */
  readonly showAnswer: (tested: T) => ReactNode | undefined
}

export function TestRun<T extends Tested>({ children, run, showAnswer }: TestRunProps<T>) {
  const { nameOf } = useStepNames(undefined)
  const [may, setMay] = useState<TestPermissions>({ allowImports: false, allowScriptWrites: false })
  const test = useMutation({ mutationFn: () => run(may) })
  const permission = (name: keyof TestPermissions) => (
    <FieldControl kind="flag" label={words[name]} value={may[name]} onChange={(on) => setMay({ ...may, [name]: on === true })} />
  )
  return (
    <div className="test-run">
      <div>
        <p className="soft">{words.hint}</p>
        {children}
        {permission('allowImports')}
        {permission('allowScriptWrites')}
        <div>
          <Button kind="primary" icon="play" busy={test.isPending} onClick={() => test.mutate()}>
            {words.run}
          </Button>
        </div>
      </div>
      <div role="status">
        <Refusal error={test.error} />
        {test.data && (
          <>
            {showAnswer(test.data) ?? <h2>{words.failed}</h2>}
            <Failures failures={test.data.flowJob.errors} />
            <TestedSteps steps={test.data.childJobs} nameOf={nameOf} />
          </>
        )}
      </div>
    </div>
  )
}
