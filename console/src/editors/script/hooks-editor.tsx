/** The hooks of an export or import: one of them is chosen, and its function edited. */
import { useState } from 'react'
import { Switch } from '../../parts/page.tsx'
import { editorTabWords } from '../../words/editor-tabs.ts'
import type { EditorProps, Json } from '../editor.ts'
import { FunctionChoice } from './function-choice.tsx'
import type { HookName } from './hooks.ts'

const hooksOf: Readonly<Record<'exports' | 'imports', readonly HookName[]>> = {
  exports: ['preSavePage'],
  imports: ['preMap', 'postMap', 'postSubmit', 'postAggregate'],
}

interface HooksEditorProps extends EditorProps<Json> {
  readonly collection: 'exports' | 'imports'
}

export function HooksEditor({ collection, value = {}, onChange, sample, context, isReadOnly = false }: HooksEditorProps) {
  const hooks = hooksOf[collection]
  const [hook, setHook] = useState<HookName>(hooks.find((each) => value[each] !== undefined) ?? (hooks[0] as HookName))
  return (
    <>
      <div>
        <Switch
          label={editorTabWords.hooks}
          value={hook}
          onChange={setHook}
          options={hooks.map((each) => ({ value: each, label: each }))}
        />
      </div>
      <FunctionChoice
        key={hook}
        hook={hook}
        value={value[hook] as Json | undefined}
        sample={sample}
        context={context}
        isReadOnly={isReadOnly}
        onChange={(next) => {
          const { [hook]: _before, ...others } = value
          const made = next === undefined ? others : { ...others, [hook]: next }
          onChange(Object.keys(made).length === 0 ? undefined : made)
        }}
      />
    </>
  )
}
