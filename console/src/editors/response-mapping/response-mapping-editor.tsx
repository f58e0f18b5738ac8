/** What of a step's answer is copied into the record that went through it, live. */
import { useMemo } from 'react'
import { editorWords } from '../../words/editors.ts'
import type { EditorContext, Json, Outcomes } from '../editor.ts'
import { previewTransform } from '../mapping/evaluate.ts'
import type { MappingValue } from '../mapping/mapping-shape.ts'
import { MappingTree } from '../mapping/mapping-tree.tsx'
import { responseMappingShape, toCopyRules, toResponseMapping, toResponseRows } from './shape.ts'
import { useAnswers } from './use-answers.ts'

const words = editorWords.responseMapping

interface ResponseMappingEditorProps {
  readonly value: Json | undefined
  readonly onChange: (value: Json | undefined) => void
  readonly context: EditorContext
  readonly isReadOnly: boolean
}

export function ResponseMappingEditor({ value, onChange, context, isReadOnly }: ResponseMappingEditorProps) {
  const rows = useMemo(() => toResponseRows(value), [value])
  return (
    <>
      <p className="soft">{context.kind === 'lookup' ? words.ofLookup : words.ofImport}</p>
      <MappingTree
        shape={responseMappingShape}
        label={words.title}
        value={rows}
        onChange={(next) => onChange(toResponseMapping(next))}
        sample={useAnswers(context)}
        context={context}
        isReadOnly={isReadOnly}
        text={words}
        evaluate={evaluate}
      />
    </>
  )
}

/** Rules of a transform read and write the same paths; a response mapping takes no templates. */
async function evaluate(rows: MappingValue, answers: readonly unknown[]): Promise<Outcomes> {
  const rules = toCopyRules(rows)
  const wrong = rules.filter(({ extract }) => extract.includes('{{'))
  if (wrong.length > 0) return { each: [], problems: wrong.map(({ generate }) => words.noTemplate(generate)) }
  return previewTransform({ type: 'expression', expression: { version: '1', rules: [rules] } }, {}, answers)
}
