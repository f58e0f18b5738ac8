/** The parts of a step that have an editor of their own: mapping, filters, hooks. Each opens in a dialog, and is applied as one edit. */
import { Suspense, useRef, useState } from 'react'
import { useScriptDrafts, WithScriptDrafts } from '../editors/script/script-drafts.tsx'
import { Button } from '../parts/button.tsx'
import { CancelButton, Dialog } from '../parts/dialog.tsx'
import { isSame } from '../parts/is-same.ts'
import { Problems } from '../parts/problems.tsx'
import { Loading } from '../parts/states.tsx'
import { Unsaved } from '../parts/unsaved.tsx'
import { useHeld } from '../parts/use-held.ts'
import { builderWords } from '../words/builder.ts'
import type { PartContext, PartName } from './part-editor.ts'
import { partEditors } from './part-editors.ts'
import type { Values } from './workspace.ts'

const words = builderWords.parts

export interface Part {
  readonly name: PartName
  readonly value: unknown
  readonly onChange: (value: unknown, beside: Values) => void
  /** Whether there is something in it, where its value does not say so. */
  readonly isSet?: boolean
  /** Instead of "Edit filter". */
  readonly label?: string
}

interface PartListProps {
  readonly parts: readonly Part[]
  readonly sample: readonly unknown[] | undefined
  readonly context: Omit<PartContext, 'setBeside'>
}

export function PartList({ parts, sample, context }: PartListProps) {
  return (
    <ul className="part-list">
      {parts.map((part) => (
        <li key={part.name}>
          <span className="part-name">{words.names[part.name]}</span>
          <span className="soft">{(part.isSet ?? saysSomething(part.value)) ? words.set : words.none}</span>
          <PartButton part={part} sample={sample} context={context} />
        </li>
      ))}
    </ul>
  )
}

const saysSomething = (value: unknown): boolean =>
  value !== undefined && value !== null && !(typeof value === 'object' && Object.values(value).every((each) => !saysSomething(each)))

export function PartButton({ part, sample, context }: { readonly part: Part } & Omit<PartListProps, 'parts'>) {
  const [isOpen, setOpen] = useState(false)
  const label = part.label ?? words.edit(words.names[part.name])
  return (
    <>
      <Button aria-label={label} onClick={() => setOpen(true)}>
        {words.editShort}
      </Button>
      {isOpen && <PartDialog label={label} part={part} sample={sample} context={context} onClose={() => setOpen(false)} />}
    </>
  )
}

interface PartDialogProps extends Omit<PartListProps, 'parts'> {
  readonly label: string
  readonly part: Part
  readonly onClose: () => void
}

function PartDialog({ label, part, sample, context, onClose }: PartDialogProps) {
  const [value, setValue] = useState(part.value)
  const [beside, setBeside] = useState<Values>({})
  const isChanged = !isSame(value, part.value) || Object.entries(beside).some(([name, each]) => !isSame(each, context.document[name]))
  const Editor = partEditors[part.name]
  const scripts = useScriptDrafts()
  const [isRefused, setRefused] = useState(false)
  // A step that is stored meanwhile has another id by then.
  const newest = useRef(part)
  newest.current = part
  const apply = async () => {
    const isStored = await scripts.save()
    setRefused(!isStored)
    if (!isStored) return
    newest.current.onChange(value, beside)
    onClose()
  }
  return (
    <Dialog title={label} onClose={onClose} wide>
      <Unsaved isChanged={isChanged} />
      <div className="dialog-body" {...useHeld(scripts.isBusy)}>
        <WithScriptDrafts drafts={scripts}>
          <Suspense fallback={<Loading />}>
            <Editor
              value={value}
              onChange={setValue}
              sample={sample}
              context={{
                ...context,
                document: { ...context.document, ...beside },
                setBeside: (fields) => setBeside((before) => ({ ...before, ...fields })),
              }}
            />
          </Suspense>
        </WithScriptDrafts>
        {isRefused && scripts.isChanged && <Problems problems={[{ message: words.refused }]} />}
      </div>
      <footer>
        <CancelButton />
        <Button kind="primary" busy={scripts.isBusy} disabled={context.isReadOnly} onClick={() => void apply()}>
          {scripts.isChanged ? words.applyAndSave : words.apply}
        </Button>
      </footer>
    </Dialog>
  )
}
