/** A transform: rules of the older kind, a mapping tree, or a function of a script, live. */
import { Switch } from '../../parts/page.tsx'
import { Field } from '../../parts/field.tsx'
import { editorWords } from '../../words/editors.ts'
import { toInputText, type EditorProps, type Json } from '../editor.ts'
import { previewTransform } from '../mapping/evaluate.ts'
import { MappingTree } from '../mapping/mapping-tree.tsx'
import { mappingShape } from '../mapping/shape.ts'
import { FunctionChoice } from '../script/function-choice.tsx'
import { useRemembered } from '../use-remembered.ts'
import { toRules, toRuleRows, transformV1Shape } from './rules-shape.ts'
import '../editors.css'

const words = editorWords.transform

type TransformValue = Json
type Kind = 'mappings' | 'rules' | 'script'

const expressionOf = (value: TransformValue | undefined): Json => (value?.['expression'] as Json | undefined) ?? {}

function kindOf(value: TransformValue | undefined): Kind {
  if (value?.['type'] === 'script') return 'script'
  const { version, rules, rulesTwoDotZero } = expressionOf(value)
  return version === '1' || (version === undefined && rules !== undefined && rulesTwoDotZero === undefined) ? 'rules' : 'mappings'
}

export function TransformEditor({ value, onChange, sample, context, isReadOnly = false }: EditorProps<TransformValue>) {
  const kind = kindOf(value)
  const expression = expressionOf(value)
  const second = (expression['rulesTwoDotZero'] as Json | undefined) ?? {}
  const toSecond = (rules: Json): Json => ({
    type: 'expression',
    expression: { version: '2', rulesTwoDotZero: { mode: second['mode'] ?? 'create', ...rules } },
  })
  const toFirst = (rules: readonly Json[]): Json => ({ type: 'expression', expression: { version: '1', rules: [rules] } })
  const isEmpty = (made: Json): boolean => ((made['mappings'] as readonly unknown[] | undefined)?.length ?? 0) === 0
  const recall = useRemembered<Kind, TransformValue | undefined>(kind, value)
  const setKind = (next: Kind) => {
    if (next === kind) return
    const begun =
      next === 'script' ? { type: 'script', script: value?.['script'] ?? {} } : next === 'rules' ? toFirst([]) : toSecond({ mappings: [] })
    onChange(recall(next, begun))
  }
  return (
    <div className="transform">
      <div className="toolbar">
        <Switch
          label={words.as}
          value={kind}
          onChange={setKind}
          options={(isReadOnly ? [kind] : (['mappings', 'rules', 'script'] as const)).map((each) => ({
            value: each,
            label: words.kinds[each],
          }))}
        />
        {kind === 'mappings' && (
          <Field label={words.mode}>
            {(aria) => (
              <select
                className="input"
                disabled={isReadOnly}
                value={toInputText(second['mode']) || 'create'}
                onChange={({ target }) => onChange(toSecond({ ...second, mode: target.value }))}
                {...aria}
              >
                <option value="create">{words.create}</option>
                <option value="modify">{words.modify}</option>
              </select>
            )}
          </Field>
        )}
      </div>
      {kind === 'script' ? (
        <FunctionChoice
          value={value?.['script'] as Json | undefined}
          onChange={(script) => onChange({ type: 'script', script: script ?? {} })}
          hook="transform"
          sample={sample}
          context={context}
          isReadOnly={isReadOnly}
        />
      ) : kind === 'rules' ? (
        <MappingTree
          key="rules"
          shape={transformV1Shape}
          label={words.title}
          value={toRuleRows(expression['rules'])}
          onChange={(rows) => onChange(toFirst(toRules(rows)))}
          sample={sample}
          context={context}
          isReadOnly={isReadOnly}
          evaluate={(rows, records) => previewTransform(toFirst(toRules(rows)), context.settings, records)}
        />
      ) : (
        <MappingTree
          key="mappings"
          shape={mappingShape}
          label={words.title}
          value={second}
          onChange={(made) => onChange(isEmpty(made) && value === undefined ? undefined : toSecond(made))}
          sample={sample}
          context={context}
          isReadOnly={isReadOnly}
          evaluate={(made, records) => previewTransform(toSecond(made), context.settings, records)}
        />
      )}
    </div>
  )
}
