/** Begins a pull: which relative it comes from, and what of it comes along. What it brings is looked at before anything is written. */
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useAct, useData } from '../../api/queries.ts'
import { useParam, useUrlState } from '../../url-state.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { paths } from '../../paths.ts'
import { Button, LinkButton } from '../../parts/button.tsx'
import { TextField } from '../../parts/field.tsx'
import { Empty, Refusal } from '../../parts/states.tsx'
import { Badge } from '../../parts/status.tsx'
import { useRelatives } from './relatives.ts'
import '../../parts/wizard.css'

const words = lifecycleWords.pull

export function PullPage() {
  const id = useParam('integrationId')
  const relatives = useRelatives(id)
  const open = useData('listIntegrationRevisions', { params: { _id: id } }).find(({ status }) => status === 'inprogress')
  const [from, setFrom] = useUrlState('from', relatives[0]?._id ?? '')
  const [description, setDescription] = useState('')
  const [include, setInclude] = useState<readonly ('disabled' | 'reverted')[]>([])
  const pull = useAct('pullIntegration', 'listIntegrationRevisions')
  const navigate = useNavigate()
  const chosen = relatives.find(({ _id }) => _id === from)
  if (relatives.length === 0)
    return (
      <Empty
        icon="branch"
        title={words.noRelatives}
        action={<LinkButton to={paths.integrationClone(id)}>{lifecycleWords.clone.title}</LinkButton>}
      >
        {words.noRelativesWhy}
      </Empty>
    )
  const begin = () =>
    pull.mutate(
      {
        params: { _id: id },
        body: { _fromIntegrationId: from, description: description || words.byDefault(chosen?.name ?? ''), include: [...include] },
      },
      { onSuccess: ({ _id }) => void navigate({ to: paths.integrationRevision(id, _id) }) },
    )
  const toggle = (what: 'disabled' | 'reverted', on: boolean) =>
    setInclude(on ? [...include, what] : include.filter((each) => each !== what))
  return (
    <section className="wizard-body" aria-labelledby="pull-title">
      <h2 id="pull-title">{words.title}</h2>
      <p className="soft">{words.hint}</p>
      {open && (
        <div className="away banner" role="status">
          <span>{words.alreadyOpen(open.description ?? '')}</span>
          <LinkButton to={paths.integrationRevision(id, open._id)}>{words.goOn}</LinkButton>
        </div>
      )}
      <fieldset className="field fieldset">
        <legend>{words.from}</legend>
        {relatives.map(({ _id, name, environment, isSource }) => (
          <label key={_id} className="choice">
            <input type="radio" name="from" checked={_id === from} onChange={() => setFrom(_id)} />
            <span className="choice-text">
              {name} <span className="soft">{environment}</span>
            </span>
            <Badge>{isSource ? words.source : words.clone}</Badge>
          </label>
        ))}
      </fieldset>
      <TextField
        label={words.description}
        maxLength={10_240}
        placeholder={words.byDefault(chosen?.name ?? '')}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <fieldset className="field fieldset">
        <legend>{words.include}</legend>
        {(['disabled', 'reverted'] as const).map((what) => (
          <label key={what} className="choice">
            <input type="checkbox" checked={include.includes(what)} onChange={(event) => toggle(what, event.target.checked)} />
            <span>{words.includes[what]}</span>
          </label>
        ))}
      </fieldset>
      <Refusal error={pull.error} />
      <div>
        <Button kind="primary" busy={pull.isPending} disabled={chosen === undefined || open !== undefined} onClick={begin}>
          {words.act}
        </Button>
      </div>
    </section>
  )
}
