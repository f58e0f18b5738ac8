/** Runs a flow: all of its sources or some, and a delta from another time than that of its last run. */
import { useAct } from '../api/queries.ts'
import { words } from '../words.ts'
import { integrationWords } from '../words/integrations.ts'
import { flowWords } from '../words/flows.ts'
import { TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'
import { fromLocal } from '../zone.ts'

interface RunFlowProps {
  readonly flow: { readonly _id: string; readonly name: string }
  readonly sources: readonly { readonly _id: string; readonly name: string; readonly isDelta: boolean }[]
  readonly onClose: () => void
}

interface Values {
  chosen: string[]
  startDate: string
  endDate: string
}

export function RunFlowForm({ flow, sources, onClose }: RunFlowProps) {
  const run = useAct('runFlow', 'listLatestFlowJobs', 'listLatestIntegrationJobs', 'listJobs', 'listLatestJobs')
  const all = sources.map(({ _id }) => _id)
  const isDelta = sources.some((source) => source.isDelta)
  const { register, frame, watch } = useSavedForm<Values>(
    { chosen: all, startDate: '', endDate: '' },
    async ({ chosen, startDate, endDate }) => {
      const bounds = { ...(startDate && { startDate: fromLocal(startDate) }), ...(endDate && { endDate: fromLocal(endDate) }) }
      const body = { ...(chosen.length < all.length && { _exportIds: chosen }), ...(Object.keys(bounds).length > 0 && { export: bounds }) }
      await run.mutateAsync({ params: { _id: flow._id }, ...(Object.keys(body).length > 0 && { body }) })
      notify(integrationWords.flows.started(flow.name))
      onClose()
    },
  )
  return (
    <FormDialog
      title={integrationWords.flows.run(flow.name)}
      action={words.actions.run}
      {...frame}
      disabled={all.length > 0 && watch('chosen').length === 0}
      onClose={onClose}
    >
      {sources.length > 1 && (
        <fieldset className="fieldset">
          <legend>{flowWords.sources}</legend>
          {sources.map(({ _id, name }) => (
            <label key={_id} className="choice">
              <input type="checkbox" value={_id} {...register('chosen')} />
              <span className="choice-text">{name}</span>
            </label>
          ))}
        </fieldset>
      )}
      {isDelta ? (
        <>
          <p className="soft">{flowWords.deltaHint}</p>
          <TextField label={flowWords.startDate} type="datetime-local" step={1} {...register('startDate')} />
          <TextField label={flowWords.endDate} type="datetime-local" step={1} {...register('endDate')} />
        </>
      ) : (
        sources.length <= 1 && <p className="soft">{flowWords.runHint}</p>
      )}
    </FormDialog>
  )
}
