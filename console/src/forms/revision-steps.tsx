/** What an open revision asks a person for (connections, stacks, EDI profiles, secrets): its steps as fields of a form, and what is sent of them. */
import { useEffect } from 'react'
import type { CallInput, CallResult } from '../api/client.ts'
import { useLater } from '../api/queries.ts'
import { beginningWords } from '../words/beginnings.ts'
import { Field, TextField } from '../parts/field.tsx'

/** A step as the API answers it; which of these it has depends on its type. */
export interface RevisionStep {
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
type StepAnswers = Readonly<Record<string, string>>

/** In place of an id: it is made as the files have it. */
const made = 'made'

export const keyOfStep = (step: RevisionStep, field = ''): string =>
  `${step._sourceConnectionId ?? step._sourceStackId ?? step._sourceEdiProfileId ?? step._resourceId} ${field}`.trim().replaceAll('.', '/')

export function toCompletion(step: RevisionStep, answers: StepAnswers): Completion {
  const chosen = answers[keyOfStep(step)]
  if (step.type === 'connection')
    return {
      _sourceConnectionId: step._sourceConnectionId ?? '',
      ...(chosen === made || !chosen ? { connection: { ...step.sourceConnection } } : { _connectionId: chosen }),
    }
  if (step.type === 'stack') return { _sourceStackId: step._sourceStackId ?? '', _stackId: chosen ?? '' }
  if (step.type === 'ediProfile') return { _sourceEdiProfileId: step._sourceEdiProfileId ?? '', _ediProfileId: chosen ?? '' }
  const secrets = Object.fromEntries((step.fields ?? []).map((field) => [field, answers[keyOfStep(step, field)] ?? '']))
  return { _resourceId: step._resourceId ?? '', secrets }
}

type OpenRevision = CallResult<'getIntegrationRevision'>

export const listSteps = ({ installSteps = [] }: OpenRevision): readonly RevisionStep[] =>
  installSteps as unknown as readonly RevisionStep[]
export const listOpenSteps = (revision: OpenRevision): readonly RevisionStep[] => listSteps(revision).filter(({ completed }) => !completed)

interface StepFieldsProps {
  readonly step: RevisionStep
  readonly register: (key: string) => object
  /** Another one than what is chosen at first. */
  readonly choose: (key: string, value: string) => void
}

export function StepFields({ step, register, choose }: StepFieldsProps) {
  if (step.type !== 'secrets')
    return <StepChoice step={step} register={register(keyOfStep(step))} choose={(value) => choose(keyOfStep(step), value)} />
  return (step.fields ?? []).map((field) => (
    <TextField
      key={field}
      label={beginningWords.begin.secretOf(step.name, field)}
      type="password"
      autoComplete="off"
      required
      {...register(keyOfStep(step, field))}
    />
  ))
}

interface Named {
  readonly _id: string
  readonly name: string
  readonly type?: string
}
const lists = { connection: 'listConnections', stack: 'listStacks', ediProfile: 'listEdiprofiles' } as const

function StepChoice({
  step,
  register,
  choose,
}: {
  readonly step: RevisionStep
  readonly register: object
  readonly choose: (value: string) => void
}) {
  const list = lists[step.type as keyof typeof lists]
  const found: readonly Named[] = useLater(list, {}).data ?? []
  const fitting = step.type === 'connection' ? found.filter(({ type }) => type === step.sourceConnection?.type) : found
  const named = fitting.filter(({ name }) => name === step.name)
  // A connection can be made instead; of stacks and EDI profiles one has to be there.
  const candidates = named.length === 0 && step.type !== 'connection' ? fitting : named
  const suggested = candidates.length === 1 ? candidates[0]?._id : undefined
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- once it is known what there is
  useEffect(() => void (suggested && choose(suggested)), [suggested])
  return (
    <Field label={step.name} hint={beginningWords.begin.choiceHints[step.type as keyof typeof lists]}>
      {(props) => (
        <select className="input" required {...register} {...props}>
          {step.type === 'connection' ? (
            <option value={made}>{beginningWords.begin.makeConnection}</option>
          ) : (
            <option value="">{beginningWords.begin.chooseOne}</option>
          )}
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
