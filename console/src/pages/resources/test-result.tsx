/** What a test run of an API or a tool came to: each step with its stages, what went into them and what came out. */
import { dataWords } from '../../words/data.ts'
import { JsonView } from '../../parts/json-view.tsx'
import { Badge } from '../../parts/status.tsx'
import '../../parts/diff/diff.css'
import './resource-parts.css'

const words = dataWords.test

interface Failure {
  readonly source: string
  readonly code: string
  readonly message: string
}

interface TestedStep {
  readonly _id: string
  readonly type: string
  readonly oIndex: number
  readonly _exportId?: string
  readonly _importId?: string
  readonly _routerId?: string
  readonly stages: readonly {
    readonly name: string
    readonly input: readonly unknown[]
    readonly output: readonly unknown[]
    readonly errors: readonly Failure[]
  }[]
  readonly errors: readonly Failure[]
  readonly truncated: boolean
}

/** What test runs of APIs and of tools have in common. */
export interface Tested {
  readonly flowJob: { readonly errors: readonly Failure[] }
  readonly childJobs: readonly TestedStep[]
}

export function TestedSteps({
  steps,
  nameOf,
}: {
  readonly steps: readonly TestedStep[]
  readonly nameOf: (stepId: string) => string | undefined
}) {
  return (
    <section aria-label={words.steps}>
      <h2 className="lead">{words.steps}</h2>
      {steps.map((step) => {
        const of = step._exportId ?? step._importId ?? step._routerId
        return (
          <details key={step._id} className="diff-type" open={step.errors.length > 0}>
            <summary>
              {words.types[step.type] ?? step.type} <span className="soft">{of === undefined ? '' : (nameOf(of) ?? of)}</span>{' '}
              {step.errors.length > 0 && <Badge tone="error">{words.errors(step.errors.length)}</Badge>}
            </summary>
            <Failures failures={step.errors} />
            {step.stages.map((stage, i) => (
              // oxlint-disable-next-line react/no-array-index-key -- stages stand in the order in which they began
              <div key={i} className="stage">
                <code>{stage.name}</code>
                <div className="stage-sides">
                  <Side title={words.went} of={`${i + 1}. ${stage.name}`} value={stage.input} />
                  <Side title={words.came} of={`${i + 1}. ${stage.name}`} value={stage.output} />
                </div>
                <Failures failures={stage.errors} />
              </div>
            ))}
            {step.truncated && <p className="soft plain-list">{words.cut}</p>}
          </details>
        )
      })}
    </section>
  )
}

const Side = ({ title, of, value }: { readonly title: string; readonly of: string; readonly value: readonly unknown[] }) => (
  <div>
    <p className="hint">{title}</p>
    <JsonView label={`${of}: ${title}`} value={value.length === 1 ? value[0] : value} />
  </div>
)

export function Failures({ failures }: { readonly failures: readonly Failure[] }) {
  if (failures.length === 0) return null
  return (
    <ul className="refusal stage-errors">
      {failures.map(({ source, code, message }) => (
        <li key={`${source} ${code} ${message}`}>{message}</li>
      ))}
    </ul>
  )
}
