/** Asks for what files never hold (connections, stacks, EDI profiles, secrets), and then makes what they say. */
import { call, type CallInput } from '../api/client.ts'
import { useLater } from '../api/queries.ts'
import { words } from '../words.ts'
import { Field, TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import type { OpenRevision } from './restore-files.tsx'
import { useSavedForm } from './use-form.ts'

/** A step as the API answers it; which of these it has depends on its type. */
interface Step {
  readonly type: 'connection' | 'stack' | 'ediProfile' | 'secrets'
  readonly name: string
  readonly completed?: boolean
  readonly _sourceConnectionId?: string
  readonly sourceConnection?: { readonly type?: string }
  readonly _sourceStackId?: string
  readonly _sourceEdiProfileId?: string
  readonly _resourceId?: string
  readonly fields?: readonly string[]
}
type Completion = NonNullable<CallInput<'completeRevisionInstallStep'>['body']>
type Answers = Readonly<Record<string, string>>

/** In place of an id: it is made as the files have it. */
const made = 'made'

const keyOf = (step: Step, field = ''): string =>
  `${step._sourceConnectionId ?? step._sourceStackId ?? step._sourceEdiProfileId ?? step._resourceId} ${field}`.trim().replaceAll('.', '/')

function toCompletion(step: Step, answers: Answers): Completion {
  const chosen = answers[keyOf(step)]
  if (step.type === 'connection')
    return {
      _sourceConnectionId: step._sourceConnectionId ?? '',
      ...(chosen === made || !chosen ? { connection: { ...step.sourceConnection } } : { _connectionId: chosen }),
    }
  if (step.type === 'stack') return { _sourceStackId: step._sourceStackId ?? '', _stackId: chosen ?? '' }
  if (step.type === 'ediProfile') return { _sourceEdiProfileId: step._sourceEdiProfileId ?? '', _ediProfileId: chosen ?? '' }
  const secrets = Object.fromEntries((step.fields ?? []).map((field) => [field, answers[keyOf(step, field)] ?? '']))
  return { _resourceId: step._resourceId ?? '', secrets }
}

const openSteps = ({ installSteps = [] }: OpenRevision): readonly Step[] =>
  (installSteps as unknown as readonly Step[]).filter(({ completed }) => !completed)

interface CompleteRestoreProps {
  readonly revision: OpenRevision
  readonly onDone: () => Promise<void>
  readonly onClose: () => void
}

export function CompleteRestoreForm({ revision, onDone, onClose }: CompleteRestoreProps) {
  const steps = openSteps(revision)
  const params = { _id: revision._integrationId, _revisionId: revision._id }
  const { register, submit, refusal, isBusy } = useSavedForm<Record<string, string>>({}, async (answers) => {
    // Once more after a refusal: those that are done stay done.
    let now: OpenRevision = await call('getIntegrationRevision', { params })
    for (const step of openSteps(now)) now = await call('completeRevisionInstallStep', { params, body: toCompletion(step, answers) })
    const confirm = (now.warnings ?? []).map(({ id }) => id)
    await call('applyRevision', { params, body: { confirm } })
    notify(words.begin.restoredHere)
    await onDone()
  })
  return (
    <FormDialog title={words.begin.files} action={words.begin.restore} busy={isBusy} refusal={refusal} onSubmit={submit} onClose={onClose}>
      <p className="soft">{words.begin.asks}</p>
      {steps.map((step) =>
        step.type === 'secrets' ? (
          (step.fields ?? []).map((field) => (
            <TextField
              key={keyOf(step, field)}
              label={words.begin.secretOf(step.name, field)}
              type="password"
              autoComplete="off"
              required
              {...register(keyOf(step, field))}
            />
          ))
        ) : (
          <StepChoice key={keyOf(step)} step={step} register={register(keyOf(step))} />
        ),
      )}
      {(revision.warnings ?? []).map(({ id, message }) => (
        <p key={id} className="refusal">
          {message}
        </p>
      ))}
    </FormDialog>
  )
}

interface Named {
  readonly _id: string
  readonly name: string
  readonly type?: string
}
const lists = { connection: 'listConnections', stack: 'listStacks', ediProfile: 'listEdiprofiles' } as const

function StepChoice({ step, register }: { readonly step: Step; readonly register: object }) {
  const list = lists[step.type as keyof typeof lists]
  const found: readonly Named[] = useLater(list, {}).data ?? []
  const fitting = step.type === 'connection' ? found.filter(({ type }) => type === step.sourceConnection?.type) : found
  return (
    <Field label={step.name} hint={words.begin.choiceHints[step.type as keyof typeof lists]}>
      {(props) => (
        <select className="input" required {...register} {...props}>
          {step.type === 'connection' && <option value={made}>{words.begin.makeConnection}</option>}
          {fitting.map(({ _id, name }) => (
            <option key={_id} value={_id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
