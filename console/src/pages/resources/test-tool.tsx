/** A test call of a tool: its input, its output, and what each step made of it. */
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useData } from '../../api/queries.ts'
import { dataWords } from '../../words/data.ts'
import { FieldControl } from '../../parts/field-control.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { parseJson } from '../../parts/parse-json.ts'
import { TestRun } from './test-run.tsx'

const words = dataWords.test

export function TestTool({ id }: { readonly id: string }) {
  const { input } = useData('getTool', { params: { _id: id } })
  const [text, setText] = useState(() => JSON.stringify(input?.mockInput ?? {}, null, 2))
  return (
    <TestRun
      run={async (may) => {
        const parsed = parseJson(text)
        if ('why' in parsed) throw new Error(words.noJson(words.input, parsed.why))
        return call('testTool', { params: { _id: id }, body: { mockInput: parsed.value, ...may } })
      }}
      showAnswer={(tested) =>
        'output' in tested ? (
          <section aria-label={words.output}>
            <h2 className="lead">{words.output}</h2>
            <JsonView label={words.output} value={tested.output} />
          </section>
        ) : undefined
      }
    >
      <FieldControl
        kind="code"
        language="text"
        label={words.input}
        value={text}
        onChange={(next) => setText(typeof next === 'string' ? next : '')}
      />
    </TestRun>
  )
}
