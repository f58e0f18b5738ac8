/** Gives a step of an Integration App its connection: one that there is, or a new one over what the app says of it. */
import { useState } from 'react'
import { appWords } from '../words/apps.ts'
import { formOf, DocumentSelect } from '../parts/document-form.tsx'
import { placeProblems } from '../api/problems.ts'
import { parseJson } from '../parts/parse-json.ts'
import { CodeEditor } from '../parts/code-editor.tsx'
import { Switch } from '../parts/page.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { words as common } from '../words.ts'
import { StepFrame } from './step-frame.tsx'
import type { StepFormProps } from './take-step.tsx'

type Values = Readonly<Record<string, unknown>>
type Way = 'existing' | 'form' | 'json'

const words = appWords.setup

export function TakeConnectionStepForm({ step, problems, isBusy, send }: StepFormProps) {
  const { _id: _source, ...model } = (step.sourceConnection ?? {}) as Values
  const type = typeof model['type'] === 'string' ? model['type'] : undefined
  const [way, setWay] = useState<Way>('existing')
  const [id, setId] = useState<string>()
  const [begun] = useState(() => JSON.stringify({ name: step.name, type: 'http', ...model }, null, 2))
  const [text, setText] = useState(begun)
  useUnsaved(text !== begun, { isSaving: isBusy })
  const parsed = parseJson(text)
  const values = 'value' in parsed ? (parsed.value as Values) : undefined
  const form = formOf('connections', type === undefined)
  const isForm = way === 'form' && form !== undefined && values !== undefined
  const { placed, left } = placeProblems(problems, isForm ? form.fields(values) : new Set(), 'connection.')
  const submit = () => {
    if (way === 'existing') send({ ...(id !== undefined && { _connectionId: id }) })
    else if (values) send({ connection: values })
  }
  return (
    <StepFrame problems={left} isBusy={isBusy} isReady={way === 'existing' ? id !== undefined : values !== undefined} onSubmit={submit}>
      <div>
        <Switch
          label={words.useConnection}
          value={way}
          onChange={setWay}
          options={[
            { value: 'existing', label: words.existing },
            { value: 'form', label: words.create },
            { value: 'json', label: common.editor.json },
          ]}
        />
      </div>
      {way === 'existing' ? (
        <DocumentSelect
          collection="connections"
          {...(type !== undefined && { type })}
          label={words.useConnection}
          isRequired
          value={id}
          onChange={(value) => setId(value as string | undefined)}
        />
      ) : isForm ? (
        form.draw({ values, problems: placed, isReadOnly: isBusy, onChange: (next) => setText(JSON.stringify(next, null, 2)) })
      ) : (
        <CodeEditor label={words.create} value={text} onChange={setText} />
      )}
    </StepFrame>
  )
}
