/** A group of rules, and the rules and groups in it, in words. */
import { Button, IconButton } from '../../parts/button.tsx'
import { editorWords } from '../../words/editors.ts'
import { blankRule, type Group, type Rule } from './filter-tree.ts'
import { ComparisonRow } from './comparison-row.tsx'

const words = editorWords.filter

interface RuleGroupProps {
  readonly group: Group
  /** The list of fields that are offered. */
  readonly list: string
  readonly isReadOnly: boolean
  readonly onChange: (group: Group) => void
  readonly onRemove?: () => void
  /** Where it stands, for those who do not see it: 2.1 is the first in the second. */
  readonly place?: string
}

export function RuleGroup({ group, list, isReadOnly, onChange, onRemove, place = '' }: RuleGroupProps) {
  const { kind, rules } = group
  const set = (at: number, rule: Rule | undefined) =>
    onChange({ ...group, rules: rule ? rules.with(at, rule) : rules.filter((_, i) => i !== at) })
  const add = (rule: Rule) => onChange({ ...group, rules: [...rules, rule] })
  return (
    <div className="rule-group" role="group" aria-label={words.group(place)}>
      <div className="rule-head">
        <select
          className="input"
          aria-label={words.kindOf(place)}
          disabled={isReadOnly}
          value={kind}
          onChange={({ target }) => onChange(withKind(group, target.value as Group['kind'], place === ''))}
        >
          {(place === '' ? (['and', 'or'] as const) : (['and', 'or', 'not'] as const)).map((each) => (
            <option key={each} value={each}>
              {words.kinds[each]}
            </option>
          ))}
        </select>
        {!isReadOnly && (
          <span className="inline end">
            <Button icon="plus" disabled={kind === 'not' && rules.length > 0} onClick={() => add(blankRule)}>
              {words.addRule}
            </Button>
            <Button disabled={kind === 'not' && rules.length > 0} onClick={() => add({ kind: 'or', rules: [blankRule] })}>
              {words.addGroup}
            </Button>
            {onRemove && <IconButton icon="cross" label={words.removeGroup(place)} onClick={onRemove} />}
          </span>
        )}
      </div>
      {rules.length === 0 ? (
        <p className="soft">{place === '' ? words.none : words.empty}</p>
      ) : (
        <ul className="rules">
          {rules.map((rule, i) => {
            const own = place === '' ? String(i + 1) : `${place}.${i + 1}`
            return (
              // oxlint-disable-next-line react/no-array-index-key -- a rule is its place: what it says is being typed
              <li key={i}>
                {rule.kind === 'compare' ? (
                  <ComparisonRow rule={rule} place={own} list={list} isReadOnly={isReadOnly} onChange={(next) => set(i, next)} />
                ) : rule.kind === 'json' ? (
                  <div className="rule">
                    <code className="rule-json" title={words.stays}>
                      {JSON.stringify(rule.rule)}
                    </code>
                    <span className="soft">{words.stays}</span>
                    {!isReadOnly && <IconButton icon="cross" label={words.removeRule(own)} onClick={() => set(i, undefined)} />}
                  </div>
                ) : (
                  <RuleGroup
                    group={rule}
                    list={list}
                    place={own}
                    isReadOnly={isReadOnly}
                    onChange={(next) => set(i, next)}
                    onRemove={() => set(i, undefined)}
                  />
                )}
              </li>
            )
          })}
        </ul>
      )}
    </div>
  )
}

/** `not` has one rule: several are put into a group of their own. */
function withKind({ rules }: Group, kind: Group['kind'], isRoot: boolean): Group {
  if (kind === 'not' && rules.length > 1 && !isRoot) return { kind, rules: [{ kind: 'and', rules }] }
  const [only] = rules
  return { kind, rules: kind !== 'not' && only?.kind === 'and' && rules.length === 1 ? only.rules : rules }
}
