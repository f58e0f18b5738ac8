/** One comparison of a filter: a field, an operator in words, and what it is compared with. */
import { useState } from 'react'
import { IconButton } from '../../parts/button.tsx'
import { editorWords } from '../../words/editors.ts'
import { toInputText } from '../editor.ts'
import {
  comparisons,
  functionNames,
  isTrue,
  operandTypes,
  tests,
  toLiteral,
  type Operand,
  type OperandType,
  type Rule,
} from './filter-tree.ts'

const words = editorWords.filter

type Comparison = Extract<Rule, { kind: 'compare' }>

interface ComparisonRowProps {
  readonly rule: Comparison
  readonly place: string
  readonly list: string
  readonly isReadOnly: boolean
  /** Undefined takes the rule away. */
  readonly onChange: (rule: Comparison | undefined) => void
}

const operators = [...comparisons, ...tests, isTrue]
const takesNone = (operator: string): boolean => operator === isTrue || tests.includes(operator)
const typeOf = (operand: Operand): OperandType => (operand.kind === 'value' ? 'any' : operand.type)
const blankValue: Operand = { kind: 'value', value: '' }

export function ComparisonRow({ rule, place, list, isReadOnly, onChange }: ComparisonRowProps) {
  const { operator, left, right } = rule
  const setOperator = (next: string) =>
    onChange({
      ...rule,
      operator: next,
      right: takesNone(next) ? [] : next === 'anyof' ? (right.length > 0 ? right : [blankValue]) : [right[0] ?? blankValue],
    })
  return (
    <div className="rule">
      <OperandInput
        operand={left}
        label={words.left(place)}
        list={list}
        isReadOnly={isReadOnly}
        onChange={(next) => onChange({ ...rule, left: next, right: right.map((each) => retyped(each, typeOf(next))) })}
      />
      <select
        className="input rule-operator"
        aria-label={words.operator(place)}
        disabled={isReadOnly}
        value={operator}
        onChange={({ target }) => setOperator(target.value)}
      >
        {operators.map((each) => (
          <option key={each} value={each}>
            {words.operators[each] ?? each}
          </option>
        ))}
      </select>
      {operator === 'anyof' ? (
        <ValuesInput
          label={words.values(place)}
          values={right}
          type={typeOf(left)}
          isReadOnly={isReadOnly}
          onChange={(next) => onChange({ ...rule, right: next })}
        />
      ) : (
        right[0] && (
          <OperandInput
            operand={right[0]}
            label={words.right(place)}
            list={list}
            isReadOnly={isReadOnly}
            takesValue={typeOf(left)}
            onChange={(next) => onChange({ ...rule, right: [next] })}
          />
        )
      )}
      {!isReadOnly && <IconButton icon="cross" label={words.removeRule(place)} onClick={() => onChange(undefined)} />}
    </div>
  )
}

const retyped = (operand: Operand, type: OperandType): Operand =>
  operand.kind === 'value' ? { kind: 'value', value: toLiteral(toInputText(operand.value), type) } : operand

const printValues = (values: readonly Operand[]): string =>
  values.map((each) => (each.kind === 'value' ? String(each.value) : '')).join(', ')
const readValues = (text: string, type: OperandType): readonly Operand[] =>
  text.split(/,\s?/).map((each): Operand => ({ kind: 'value', value: toLiteral(each, type) }))

interface ValuesInputProps {
  readonly label: string
  readonly values: readonly Operand[]
  readonly type: OperandType
  readonly isReadOnly: boolean
  readonly onChange: (values: readonly Operand[]) => void
}

/** Several values, with commas between them: shown as they were typed, as long as that is what the rule has. */
function ValuesInput({ label, values, type, isReadOnly, onChange }: ValuesInputProps) {
  const [typed, setTyped] = useState(() => printValues(values))
  const known = printValues(values)
  const text = printValues(readValues(typed, type)) === known ? typed : known
  return (
    <input
      className="input rule-value"
      aria-label={label}
      placeholder={words.valuesHint}
      readOnly={isReadOnly}
      value={text}
      onChange={({ target }) => {
        setTyped(target.value)
        onChange(readValues(target.value, type))
      }}
    />
  )
}

interface OperandInputProps {
  readonly operand: Operand
  readonly label: string
  readonly list: string
  readonly isReadOnly: boolean
  /** A literal may stand there, of this type. */
  readonly takesValue?: OperandType
  readonly onChange: (operand: Operand) => void
}

function OperandInput({ operand, label, list, isReadOnly, takesValue, onChange }: OperandInputProps) {
  const kinds = takesValue === undefined ? (['field', 'settings'] as const) : (['value', 'field', 'settings'] as const)
  const text = operand.kind === 'value' ? toInputText(operand.value) : operand.text
  const setKind = (kind: Operand['kind']) =>
    onChange(
      kind === 'value'
        ? { kind, value: toLiteral(text, takesValue ?? 'any') }
        : {
            kind,
            type: operand.kind === 'value' ? (takesValue ?? 'any') : operand.type,
            text,
            functions: operand.kind === 'value' ? [] : operand.functions,
          },
    )
  return (
    <span className="operand">
      <select
        className="input"
        aria-label={words.kindOfOperand(label)}
        disabled={isReadOnly}
        value={operand.kind}
        onChange={({ target }) => setKind(target.value as Operand['kind'])}
      >
        {kinds.map((each) => (
          <option key={each} value={each}>
            {words.operands[each]}
          </option>
        ))}
      </select>
      {operand.kind !== 'value' && (
        <select
          className="input"
          aria-label={words.typeOf(label)}
          disabled={isReadOnly}
          value={operand.type}
          onChange={({ target }) => onChange({ ...operand, type: target.value as OperandType })}
        >
          {operandTypes.map((each) => (
            <option key={each} value={each}>
              {words.types[each]}
            </option>
          ))}
        </select>
      )}
      <input
        className={operand.kind === 'value' ? 'input rule-value' : 'input mono rule-value'}
        aria-label={label}
        readOnly={isReadOnly}
        spellCheck={false}
        autoComplete="off"
        {...(operand.kind === 'field' && { list })}
        placeholder={words.placeholders[operand.kind]}
        value={text}
        onChange={({ target }) =>
          onChange(
            operand.kind === 'value'
              ? { kind: 'value', value: toLiteral(target.value, takesValue ?? 'any') }
              : { ...operand, text: target.value },
          )
        }
      />
      {operand.kind !== 'value' && operand.functions.length > 0 && (
        <Functions operand={operand} label={label} isReadOnly={isReadOnly} onChange={onChange} />
      )}
      {operand.kind === 'field' && operand.functions.length === 0 && !isReadOnly && (
        <select
          className="input rule-function"
          aria-label={words.functionOf(label)}
          value=""
          onChange={({ target }) => onChange({ ...operand, functions: [target.value] })}
        >
          <option value="">{words.noFunction}</option>
          {functionNames.map((each) => (
            <option key={each} value={each}>
              {words.functions[each]}
            </option>
          ))}
        </select>
      )}
    </span>
  )
}

interface FunctionsProps {
  readonly operand: Exclude<Operand, { kind: 'value' }>
  readonly label: string
  readonly isReadOnly: boolean
  readonly onChange: (operand: Operand) => void
}

/** What is done with a field before it is compared: one after the other. */
const Functions = ({ operand, label, isReadOnly, onChange }: FunctionsProps) => (
  <select
    className="input rule-function"
    aria-label={words.functionOf(label)}
    disabled={isReadOnly}
    value={operand.functions.length === 1 ? operand.functions[0] : operand.functions.join(' ')}
    onChange={({ target }) => onChange({ ...operand, functions: target.value === '' ? [] : target.value.split(' ') })}
  >
    <option value="">{words.noFunction}</option>
    {operand.functions.length > 1 && (
      <option value={operand.functions.join(' ')}>{operand.functions.map((each) => words.functions[each]).join(', ')}</option>
    )}
    {functionNames.map((each) => (
      <option key={each} value={each}>
        {words.functions[each]}
      </option>
    ))}
  </select>
)
