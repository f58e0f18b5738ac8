/** Takes the step of an Integration App that is to be taken now: what it asks for depends on its type. */
import { useState, type ReactNode } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { call, CallRefused, type CallInput, type CallResult } from '../api/client.ts'
import { findOpenSteps, takeOperations, type AppStep, type StepList } from '../api/app-steps.ts'
import { queryClient, refresh, useLater } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import { words as common } from '../words.ts'
import { paths } from '../paths.ts'
import { Button } from '../parts/button.tsx'
import { DocumentSelect } from '../parts/document-form.tsx'
import { problemsOf, type Problem } from '../api/problems.ts'
import { notify } from '../parts/notices.tsx'
import { Loading, Refusal } from '../parts/states.tsx'
import { ApproveCodeForm } from './approve-code.tsx'
import { StepFrame } from './step-frame.tsx'
import { TakeConnectionStepForm } from './take-connection-step.tsx'
import { TakeFormStepForm } from './take-form-step.tsx'

type Integration = CallResult<'getIntegration'>
type StepBody = NonNullable<CallInput<'takeInstallStep'>['body']>
type ShownStep = CallResult<'showInstallStep'>

export interface StepFormProps {
  readonly step: ShownStep
  readonly problems: readonly Problem[]
  readonly isBusy: boolean
  readonly send: (body: StepBody) => void
}

interface TakeStepProps {
  readonly integration: Integration
  readonly list: StepList
  readonly index: number
}

const words = appWords.setup

export function TakeStepForm({ integration, list, index }: TakeStepProps) {
  const params = { _id: integration._id, index: String(index) }
  const shown = useLater(takeOperations[list].show, { params })
  const { error, isBusy, send, approve } = useTakeStep(integration, list, index, () => void shown.refetch())
  const refused = shown.error ?? error
  if (isCodeChanged(refused))
    return <ApproveCodeForm connectorId={integration._connectorId ?? ''} isBusy={isBusy || shown.isFetching} onApprove={approve} />
  if (shown.isPending) return <Loading lines={3} />
  if (shown.error)
    return (
      <>
        <Refusal error={shown.error} />
        <div className="editor-foot">
          <Button busy={shown.isFetching} onClick={() => void shown.refetch()}>
            {common.states.again}
          </Button>
        </div>
      </>
    )
  const Form = forms[shown.data.type]
  return <Form step={shown.data} problems={error === undefined ? [] : problemsOf(error)} isBusy={isBusy} send={(body) => void send(body)} />
}

const isCodeChanged = (error: unknown): boolean =>
  error instanceof CallRefused && error.problems.some(({ code }) => code === 'code_changed')

/** Everything that a step may have made. */
const changedBySteps = [
  'getIntegration',
  'getIntegrationTreeMetadata',
  'listTiles',
  'listIntegrationFlows',
  'listIntegrationConnections',
  'listConnections',
  'listLicenses',
  'listRecycleBin',
] as const

function useTakeStep(integration: Integration, list: StepList, index: number, reload: () => void) {
  const navigate = useNavigate()
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const takeOne = async (at: number, body: StepBody): Promise<Integration | undefined> =>
    call(takeOperations[list].take, { params: { _id: integration._id, index: String(at) }, body })
  const send = async (body: StepBody): Promise<boolean> => {
    setBusy(true)
    setError(undefined)
    try {
      let after = await takeOne(index, body)
      // Steps that ask nothing are taken with the one before them.
      for (
        let next = after && findOpenSteps(after);
        next?.list === list && next.steps[next.current]?.type === 'hidden';
        next = after && findOpenSteps(after)
      )
        after = await takeOne(next.current, {})
      notify(after && findOpenSteps(after)?.list === list ? words.taken(integration[list]?.[index]?.name ?? '') : words.finished(list))
      if (!after) await navigate({ to: paths.home() })
      else if (!findOpenSteps(after)) await navigate({ to: paths.integrationApp(integration._id) })
      return true
    } catch (refused) {
      setError(refused)
      return false
    } finally {
      setBusy(false)
      await refresh(queryClient, changedBySteps)
    }
  }
  return {
    error,
    isBusy,
    send,
    /** The code counts as seen from the request on; a step that asks for more than that is shown anew. */
    approve: async (sha256: string) => {
      if (await send({ sha256 })) return
      setError((now: unknown) => (isCodeChanged(now) ? now : undefined))
      reload()
    },
  }
}

function TakeUrlStepForm({ step, send, ...rest }: StepFormProps) {
  const { url } = step
  // An app names the page: only what a browser opens as a page is a link.
  const isLink = typeof url === 'string' && /^https?:\/\//i.test(url)
  return (
    <StepFrame {...rest} onSubmit={() => send({})}>
      <p>
        {isLink ? (
          <a className="button" href={url} target="_blank" rel="noopener noreferrer nofollow">
            {words.openPage}
          </a>
        ) : (
          <span className="soft">{typeof url === 'string' && url !== '' ? url : words.noPage}</span>
        )}
      </p>
    </StepFrame>
  )
}

const takeWith = (hint: string, action?: string) =>
  function TakePlainStepForm({ send, problems, isBusy }: StepFormProps) {
    return (
      <StepFrame problems={problems} isBusy={isBusy} {...(action !== undefined && { action })} onSubmit={() => send({})}>
        <p className="soft">{hint}</p>
      </StepFrame>
    )
  }

function TakeStackStepForm({ send, problems, isBusy }: StepFormProps) {
  const [id, setId] = useState<string>()
  return (
    <StepFrame
      problems={problems}
      isBusy={isBusy}
      isReady={id !== undefined}
      onSubmit={() => send({ ...(id !== undefined && { _stackId: id }) })}
    >
      <DocumentSelect
        collection="stacks"
        label={words.stackToUse}
        isRequired
        value={id}
        onChange={(value) => setId(value as string | undefined)}
      />
    </StepFrame>
  )
}

const forms: Readonly<Record<AppStep['type'], (props: StepFormProps) => ReactNode>> = {
  connection: TakeConnectionStepForm,
  form: TakeFormStepForm,
  url: TakeUrlStepForm,
  stack: TakeStackStepForm,
  hidden: takeWith(words.hiddenHint),
  edition: takeWith(words.editionHint),
  template_zip: takeWith(words.resourcesHint, words.installResources),
}
