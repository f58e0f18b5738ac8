/** A test call of a tool: its input, its output, and what each step made of it. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useData } from '../../api/queries.ts'
import { dataWords } from '../../words/data.ts'
import { Button } from '../../parts/button.tsx'
import { FieldControl } from '../../parts/field-control.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { parseJson } from '../../parts/parse-json.ts'
import { Refusal } from '../../parts/states.tsx'
import { useStepNames } from './test-api.tsx'
import { Failures, TestedSteps } from './test-result.tsx'
import './resource-parts.css'

const words = dataWords.test

export function TestTool({ id }: { readonly id: string }) {
  const { input } = useData('getTool', { params: { _id: id } })
  const names = useStepNames()
  const [text, setText] = useState(() => JSON.stringify(input?.mockInput ?? {}, null, 2))
  const [may, setMay] = useState({ allowImports: false, allowScriptWrites: false })
  const test = useMutation({
    mutationFn: () => {
      const parsed = parseJson(text)
      if ('why' in parsed) throw new Error(words.noJson(words.input, parsed.why))
      return call('testTool', { params: { _id: id }, body: { mockInput: parsed.value, ...may } })
    },
  })
  return (
    <div className="test-run">
      <div>
        <p className="soft">{words.hint}</p>
        <FieldControl
          kind="code"
          language="text"
          label={words.input}
          value={text}
          onChange={(next) => setText(typeof next === 'string' ? next : '')}
        />
        <FieldControl
          kind="flag"
          label={words.allowImports}
          value={may.allowImports}
          onChange={(on) => setMay({ ...may, allowImports: on === true })}
        />
        <FieldControl
          kind="flag"
          label={words.allowScriptWrites}
          value={may.allowScriptWrites}
          onChange={(on) => setMay({ ...may, allowScriptWrites: on === true })}
        />
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
            {'output' in test.data ? (
              <section aria-label={words.output}>
                <h2 className="lead">{words.output}</h2>
                <JsonView label={words.output} value={test.data.output} />
              </section>
            ) : (
              <h2>{words.failed}</h2>
            )}
            <Failures failures={test.data.flowJob.errors} />
            <TestedSteps steps={test.data.childJobs} names={names} />
          </>
        )}
      </div>
    </div>
  )
}
