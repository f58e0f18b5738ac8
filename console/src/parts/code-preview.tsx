/** What an app would make, and the code of its publisher that would run. */
import { useState } from 'react'
import type { CallResult } from '../api/client.ts'
import { useLater } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import { Loading, Refusal } from './states.tsx'
import './form-fields.css'

type Preview = CallResult<'previewInstallConnector'>
type Script = Preview['scripts'][number]

const words = appWords.preview

export function CodePreview({ connectorId, preview }: { readonly connectorId: string; readonly preview: Preview }) {
  const { objects, functions, scripts } = preview
  const byModel = Map.groupBy(objects, ({ model }) => model)
  const onStacks = functions.filter(({ _stackId }) => _stackId !== undefined)
  return (
    <>
      {byModel.size > 0 && (
        <section className="preview">
          <h3>{words.makes}</h3>
          <ul className="preview-objects">
            {[...byModel].map(([model, made]) => (
              <li key={model}>
                <span className="soft">{model}</span> {made.map(({ name }) => name).join(', ')}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section className="preview">
        <h3>{words.runs}</h3>
        <p className="soft">{functions.length === 0 ? words.noCode : words.runsHint}</p>
        {scripts.map((script) => (
          <ScriptText key={script._id} connectorId={connectorId} script={script} />
        ))}
        {onStacks.length > 0 && (
          <ul className="preview-objects">
            {onStacks.map(({ path, function: name, stack, hostURI }) => (
              <li key={path}>
                <code>{name}</code>{' '}
                <span className="soft">
                  {stack} {hostURI}
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  )
}

function ScriptText({ connectorId, script: { _id, name, content, functions } }: { readonly connectorId: string; readonly script: Script }) {
  const [isOpen, setOpen] = useState(false)
  const whole = useLater(
    'previewInstallConnector',
    { params: { _id: connectorId }, query: { _scriptId: _id } },
    isOpen && content === undefined,
  )
  const text = content ?? whole.data?.scripts.find((each) => each._id === _id)?.content
  return (
    <details className="form-group collapse" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {name} <span className="soft">{[...new Set(functions.map((each) => each.function))].join(', ')}</span>
      </summary>
      <Refusal error={whole.error} />
      {text === undefined ? (
        isOpen && whole.isFetching && <Loading lines={2} />
      ) : (
        <pre className="json" tabIndex={0} role="region" aria-label={words.show(name)}>
          {text}
        </pre>
      )}
    </details>
  )
}
