/** Makes a copy of an integration, step by step: what comes along, where to, which connections take the place of its own, and what came of it. */
import { useState } from 'react'
import { useNavigate } from '@tanstack/react-router'
import type { CallResult } from '../../api/client.ts'
import { useAct, useData, useLater } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { paths } from '../../paths.ts'
import { Button } from '../../parts/button.tsx'
import { Field, TextField } from '../../parts/field.tsx'
import { withProduction } from '../../parts/scope-switcher.tsx'
import { Refusal } from '../../parts/states.tsx'
import { WizardFoot, WizardSteps, type WizardStep } from '../../parts/wizard.tsx'
import { useUrlState } from '../../url-state.ts'
import { ClonePreview } from './clone-preview.tsx'
import { ConnectionMap, readConnections, suggestConnections } from './connection-map.tsx'

const words = lifecycleWords.clone
type Step = 'preview' | 'target' | 'connections' | 'result'
type Made = CallResult<'cloneIntegration'>
/** Connections that one may be chosen of. */
const mostOffered = 1000

interface CloneWizardProps {
  /** What is copied. */
  readonly integrationId: string
  /** What the copy is called, unless somebody calls it otherwise. */
  readonly name: string
  readonly label: string
  readonly text: { readonly name: string; readonly act: string; readonly open: string }
}

export function CloneWizard({ integrationId: id, name: byDefault, label, text }: CloneWizardProps) {
  const preview = useData('previewCloneIntegration', { params: { _id: id } })
  const { environment } = useSession()
  const [step, setStep] = useUrlState('step', 'preview')
  const [envId, setEnv] = useUrlState('to', environment._id)
  const [name, setName] = useState(() => byDefault.slice(0, 200))
  const [stackId, setStack] = useState('')
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({})
  const [made, setMade] = useState<Made>()
  const clone = useAct('cloneIntegration', 'listTiles', 'listIntegrations', 'listIntegrationCloneFamily')
  const isElsewhere = envId !== environment._id
  const inTarget = isElsewhere ? { headers: { 'sluice-environment': envId } } : {}
  const offered = useLater('listConnections', { query: { limit: mostOffered }, ...inTarget })
  const stacks = useLater('listStacks', { query: { limit: mostOffered }, ...inTarget }, preview.stackRequired)
  const connections = readConnections(preview)
  const connectionMap = { ...(isElsewhere ? suggestConnections(connections, offered.data ?? []) : {}), ...chosen }
  const current = made ? 'result' : step === 'result' ? 'connections' : (step as Step)
  const steps: readonly WizardStep<Step>[] = [
    { name: 'preview', label: words.steps.preview, isDone: current !== 'preview' },
    { name: 'target', label: words.steps.target, isDone: current === 'connections' || current === 'result' },
    { name: 'connections', label: words.steps.connections, isDone: current === 'result' },
    { name: 'result', label: words.steps.result },
  ]
  const send = () => {
    const map = Object.fromEntries(Object.entries(connectionMap).filter(([, to]) => to !== ''))
    clone.mutate(
      {
        params: { _id: id },
        body: {
          name,
          connectionMap: map,
          ...(isElsewhere && { _envId: envId }),
          ...(preview.stackRequired && stackId !== '' && { _stackId: stackId }),
        },
      },
      { onSuccess: (result) => setMade(result) },
    )
  }
  return (
    <section aria-label={label}>
      <WizardSteps
        label={words.stepsLabel}
        steps={steps}
        current={current}
        onGo={made ? undefined : (next) => next !== 'result' && setStep(next)}
      />
      {current === 'preview' && <ClonePreview preview={preview} />}
      {current === 'target' && (
        <CloneTarget
          label={text.name}
          name={name}
          onName={setName}
          envId={envId}
          onEnvironment={(next) => {
            setChosen({})
            setStack('')
            setEnv(next)
          }}
          stackId={stackId}
          stacks={preview.stackRequired ? (stacks.data ?? []) : undefined}
          onStack={setStack}
        />
      )}
      {current === 'connections' && (
        <ConnectionMap
          connections={connections}
          offered={offered.data ?? []}
          isElsewhere={isElsewhere}
          map={connectionMap}
          onChoose={(from, to) => setChosen({ ...chosen, [from]: to })}
        />
      )}
      {made ? (
        <CloneResult
          made={made}
          name={name}
          label={text.open}
          numMadeAnew={isElsewhere ? connections.filter(({ _id }) => !connectionMap[_id]).length : 0}
          envId={envId}
        />
      ) : (
        <>
          <Refusal error={clone.error} />
          <WizardFoot steps={steps.slice(0, -1)} current={current} onGo={setStep}>
            <Button kind="primary" busy={clone.isPending} disabled={name.trim() === ''} onClick={send}>
              {text.act}
            </Button>
          </WizardFoot>
        </>
      )}
    </section>
  )
}

interface CloneTargetProps {
  readonly label: string
  readonly name: string
  readonly onName: (name: string) => void
  readonly envId: string
  readonly onEnvironment: (envId: string) => void
  readonly stackId: string
  /** Of that environment; undefined where no function is served by a stack. */
  readonly stacks: readonly { readonly _id: string; readonly name: string }[] | undefined
  readonly onStack: (stackId: string) => void
}

function CloneTarget({ label, name, onName, envId, onEnvironment, stackId, stacks, onStack }: CloneTargetProps) {
  const { account, environment } = useSession()
  const environments = withProduction(useLater('listEnvironments', {}).data ?? [], account)
  const isElsewhere = envId !== environment._id
  return (
    <div className="wizard-body">
      <TextField label={label} required maxLength={200} value={name} onChange={(event) => onName(event.target.value)} />
      <Field label={words.environment} hint={words.environmentHint}>
        {(props) => (
          <select className="input" value={envId} onChange={(event) => onEnvironment(event.target.value)} {...props}>
            {environments.map((each) => (
              <option key={each._id} value={each._id}>
                {each.name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {stacks && (
        <Field label={words.stack} hint={isElsewhere ? words.stackNeeded : words.stackHint}>
          {(props) => (
            <select className="input" value={stackId} onChange={(event) => onStack(event.target.value)} {...props}>
              <option value="">{isElsewhere ? words.chooseStack : words.sameStack}</option>
              {stacks.map((each) => (
                <option key={each._id} value={each._id}>
                  {each.name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
    </div>
  )
}

interface CloneResultProps {
  readonly made: Made
  readonly name: string
  readonly label: string
  readonly numMadeAnew: number
  readonly envId: string
}

function CloneResult({ made, name, label, numMadeAnew, envId }: CloneResultProps) {
  const { account, _ashareId } = useSession()
  const navigate = useNavigate()
  const open = (to: string) => navigate({ to, search: { account: _ashareId, env: envId === account._id ? undefined : envId } } as never)
  return (
    <div className="card wizard-body" role="status">
      <p>
        <strong>{words.made(name)}</strong>
      </p>
      <p className="soft">{words.madeHint}</p>
      {numMadeAnew > 0 && <p>{words.madeConnections(numMadeAnew)}</p>}
      <div className="inline">
        <Button kind="primary" onClick={() => void open(paths.integrationFlows(made._id))}>
          {label}
        </Button>
        {numMadeAnew > 0 && <Button onClick={() => void open(paths.integrationConnections(made._id))}>{words.openConnections}</Button>}
      </div>
    </div>
  )
}
