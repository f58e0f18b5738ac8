/** The source of a value that may be a path, a template or a literal, in more room than a row has, with what may stand in it offered. */
import { lazy, Suspense } from 'react'
import { Loading } from '../../parts/states.tsx'
import { editorWords } from '../../words/editors.ts'
import type { Json } from '../editor.ts'

const View = lazy(async () => ({ default: (await import('./template-view.tsx')).TemplateView }))

interface TemplateSourceProps {
  readonly label: string
  readonly value: string
  readonly seen: Json
  readonly isReadOnly: boolean
  readonly onChange: (value: string) => void
}

export const TemplateSource = (props: TemplateSourceProps) => (
  <div className="field">
    <span className="field-label">{props.label}</span>
    <Suspense fallback={<Loading lines={1} />}>
      <View {...props} />
    </Suspense>
    <p className="hint">{editorWords.mapping.sourceHelp}</p>
  </div>
)
