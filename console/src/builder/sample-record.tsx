/** An example of what an application sends by itself: where nobody can be asked for records, the steps after it are tried on this one. */
import { FieldControl } from '../parts/field-control.tsx'
import { builderWords } from '../words/builder.ts'

const words = builderWords.sampleRecord

interface SampleRecordProps {
  readonly value: unknown
  readonly isReadOnly: boolean
  readonly onChange: (value: unknown) => void
}

export const SampleRecord = ({ value, isReadOnly, onChange }: SampleRecordProps) => (
  <section className="form-group step-group" aria-label={words.title}>
    <h3>{words.title}</h3>
    <p className="hint">{words.hint}</p>
    <FieldControl label={words.record} kind="code" language="json" value={value} isReadOnly={isReadOnly} onChange={onChange} />
    {typeof value === 'string' && (
      <p className="field-error" role="alert">
        {words.unreadable}
      </p>
    )}
  </section>
)
