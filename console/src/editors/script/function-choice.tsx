/** A function that a document names: which script, which function, and the script itself, edited and saved where it is used. */
import { Suspense, useState } from 'react'
import { call } from '../../api/client.ts'
import { queryClient, refresh, useLater } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { useVersioned } from '../../api/versioned.ts'
import { Button } from '../../parts/button.tsx'
import { DocumentSelect } from '../../parts/document-form.tsx'
import { Field } from '../../parts/field.tsx'
import { notify } from '../../parts/notices.tsx'
import { Loading, Refusal } from '../../parts/states.tsx'
import { editorWords } from '../../words/editors.ts'
import type { EditorContext, Json, Sample } from '../editor.ts'
import { functionsOf, stubOf, type HookName } from './hooks.ts'
import { useDrafts } from './script-drafts.tsx'
import { ScriptEditor } from './script-editor.tsx'
import '../editors.css'

const words = editorWords.script

interface FunctionChoiceProps {
  /** `{_scriptId, function}` and what else a hook has. */
  readonly value: Json | undefined
  readonly onChange: (value: Json | undefined) => void
  readonly hook: HookName
  readonly sample: Sample
  readonly context: EditorContext
  readonly isReadOnly?: boolean
}

export function FunctionChoice({ value, onChange, hook, sample, context, isReadOnly = false }: FunctionChoiceProps) {
  const { _scriptId: scriptId, _stackId: stackId, function: named = '' } = value ?? {}
  const { data: script } = useLater('getScript', { params: { _id: String(scriptId) } }, typeof scriptId === 'string' && scriptId !== '')
  const drafts = useDrafts()
  const functions = functionsOf(drafts.of(String(scriptId))?.content ?? script?.content ?? '')
  const may = useMay()
  const [isMaking, setMaking] = useState(false)
  const choose = (id: unknown) => {
    const { _scriptId: _before, ...rest } = value ?? {}
    onChange(typeof id === 'string' && id !== '' ? { ...rest, _scriptId: id } : undefined)
  }
  const make = async () => {
    setMaking(true)
    try {
      const made = await call('createScript', { body: { name: words.newName(hook), content: stubOf(hook, hook) } })
      await refresh(queryClient, ['listScripts'])
      onChange({ ...value, _scriptId: made._id, function: hook })
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), true)
    } finally {
      setMaking(false)
    }
  }
  if (typeof stackId === 'string') return <p className="soft">{words.onStack(String(named))}</p>
  return (
    <div className="function-choice">
      <div className="toolbar">
        <DocumentSelect collection="scripts" label={words.script} isReadOnly={isReadOnly} value={scriptId} onChange={choose} />
        {typeof scriptId === 'string' && scriptId !== '' && (
          <Field label={words.function}>
            {(aria) => (
              <select
                className="input"
                disabled={isReadOnly}
                value={String(named)}
                onChange={({ target }) => onChange({ ...value, function: target.value })}
                {...aria}
              >
                {!functions.includes(String(named)) && (
                  <option value={String(named)}>{named === '' ? words.choose : words.absent(String(named))}</option>
                )}
                {functions.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            )}
          </Field>
        )}
        {!isReadOnly && scriptId === undefined && may('createScript') && (
          <Button icon="plus" busy={isMaking} onClick={() => void make()}>
            {words.make}
          </Button>
        )}
      </div>
      {typeof scriptId === 'string' && scriptId !== '' && (
        <Suspense fallback={<Loading lines={6} />}>
          <Workbench key={scriptId} id={scriptId} function={String(named)} hook={hook} sample={sample} context={context} />
        </Suspense>
      )}
    </div>
  )
}

interface WorkbenchProps {
  readonly id: string
  readonly function: string
  readonly hook: HookName
  readonly sample: Sample
  readonly context: EditorContext
}

/** The script of a hook. It is a document of its own, and is saved by itself or with what is applied. */
function Workbench({ id, function: named, hook, sample, context }: WorkbenchProps) {
  const loaded = useVersioned('getScript', { params: { _id: id } })
  const drafts = useDrafts()
  const { base, content, error } = drafts.of(id) ?? { base: loaded, content: loaded.result.content }
  const may = useMay()
  const isReadOnly = !may('updateScript')
  const isChanged = content !== base.result.content
  return (
    <>
      <ScriptEditor
        value={content}
        onChange={(next) => drafts.change(base, next ?? '')}
        sample={sample}
        context={context}
        isReadOnly={isReadOnly}
        hook={hook}
        name={base.result.name}
        function={named}
      />
      <Refusal error={error} />
      {!isReadOnly && (
        <div className="editor-foot">
          <Button kind="primary" busy={drafts.isBusy} disabled={!isChanged} onClick={() => void drafts.save(id)}>
            {words.save}
          </Button>
          {isChanged && <span className="soft">{words.unsaved}</span>}
        </div>
      )}
    </>
  )
}
