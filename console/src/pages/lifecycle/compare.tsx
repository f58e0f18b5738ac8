/** Compares two states: the present one or any of the history, of the integration and of its direct relatives. Which two stands in the address. */
import type { ResourceDifference } from '../../../../src/contract/operations/lifecycle/revision-diff.ts'
import { Suspense } from 'react'
import type { CallResult } from '../../api/client.ts'
import { useData, useLater } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { useParam, useUrlState } from '../../url-state.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { Differences } from '../../parts/diff/differences.tsx'
import { Field } from '../../parts/field.tsx'
import { Empty, Loading } from '../../parts/states.tsx'
import { exactTime } from '../../parts/time.tsx'
import { useRelatives } from './relatives.ts'
import '../../parts/wizard.css'

type Revision = CallResult<'listIntegrationRevisions'>[number]

const words = lifecycleWords.compare
/** The state that the integration is in. */
const present = 'now'

/** A state as the address names it: a revision, and which of its two states. */
interface StateChoice {
  readonly value: string
  readonly label: string
}

function statesOf(revisions: readonly Revision[]): readonly StateChoice[] {
  return revisions.flatMap(({ _id, type, description, createdAt, afterRevisionHash }) => {
    const name = `${description ?? lifecycleWords.types[type]}, ${exactTime(createdAt)}`
    if (type === 'snapshot') return [{ value: `${_id}:before`, label: words.snapshot(name) }]
    const before = { value: `${_id}:before`, label: words.stateBefore(name) }
    return afterRevisionHash === undefined ? [before] : [{ value: `${_id}:after`, label: words.stateAfter(name) }, before]
  })
}

const toQuery = (id: 'from' | 'to', at: 'fromAt' | 'at', value: string): Readonly<Record<string, string>> => {
  const [revision = '', which] = value.split(':')
  return { [id]: revision, ...(which && { [at]: which }) }
}

export function ComparePage() {
  const id = useParam('integrationId')
  const relatives = useRelatives(id)
  const own = statesOf(useData('listIntegrationRevisions', { params: { _id: id } }))
  const [from, setFrom] = useUrlState('from', present)
  const [to, setTo] = useUrlState('to', relatives[0]?._id ?? own[0]?.value ?? '')
  return (
    <section aria-labelledby="compare-title">
      <h2 id="compare-title">{words.title}</h2>
      <div className="compare-choice">
        <Field label={words.from}>
          {(props) => (
            <select className="input" value={from} onChange={(event) => setFrom(event.target.value)} {...props}>
              <option value={present}>{words.present}</option>
              <Options states={own} />
            </select>
          )}
        </Field>
        <Field label={words.to}>
          {(props) => (
            <select className="input" value={to} onChange={(event) => setTo(event.target.value)} {...props}>
              {to === '' && <option value="">{words.choose}</option>}
              <optgroup label={words.history}>
                <Options states={own} />
              </optgroup>
              {relatives.map(({ _id, name, envId, environment }) => (
                <RelativeStates key={_id} id={_id} name={`${name} · ${environment}`} envId={envId} />
              ))}
            </select>
          )}
        </Field>
      </div>
      {to === '' ? (
        <Empty icon="clock" title={words.nothing}>
          {words.nothingWhy}
        </Empty>
      ) : (
        <Suspense key={`${from} ${to}`} fallback={<Loading />}>
          <Compared id={id} from={from} to={to} />
        </Suspense>
      )}
    </section>
  )
}

const Options = ({ states }: { readonly states: readonly StateChoice[] }) =>
  states.map(({ value, label }) => (
    <option key={value} value={value}>
      {label}
    </option>
  ))

function RelativeStates({ id, name, envId }: { readonly id: string; readonly name: string; readonly envId: string }) {
  const { environment } = useSession()
  const there = envId === environment._id ? {} : { headers: { 'sluice-environment': envId } }
  const { data = [] } = useLater('listIntegrationRevisions', { params: { _id: id }, ...there })
  return (
    <optgroup label={name}>
      <option value={id}>{words.presentOf}</option>
      <Options states={statesOf(data)} />
    </optgroup>
  )
}

function Compared({ id, from, to }: { readonly id: string; readonly from: string; readonly to: string }) {
  const query = { ...toQuery('to', 'at', to), ...(from !== present && toQuery('from', 'fromAt', from)) }
  const differences = useData('diffIntegration', { params: { _id: id }, query: { ...query, format: 'changes' } })
  return (
    <Differences
      label={words.title}
      differences={differences as readonly ResourceDifference[]}
      useWhole={(isWanted) => useLater('diffIntegration', { params: { _id: id }, query }, isWanted)}
    />
  )
}
