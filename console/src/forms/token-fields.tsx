/** What an access token is for, as a form: everything, or what its lists name; and when it ends. */
import { useRef, useState } from 'react'
import type { maxDaysToPurge, scopeFields } from '../../../src/contract/access-token.ts'
import { useLater } from '../api/queries.ts'
import { useSession } from '../api/session.ts'
import { collections } from '../collections.ts'
import { integrationWords } from '../words/integrations.ts'
import { resourceWords } from '../words/resources.ts'
import { tokenWords } from '../words/tokens.ts'
import type { FormView, FormViewProps } from '../parts/document-editor.tsx'
import { FieldControl } from '../parts/field-control.tsx'
import { PickLevels, PickSeveral, type PickItem } from '../parts/pick-list.tsx'
import { exactTime } from '../parts/time.tsx'

type Values = FormViewProps['values']

type ScopeField = keyof typeof scopeFields

/** Of which type the documents of each list are. */
const listed: typeof scopeFields = {
  _connectionIds: 'connections',
  _exportIds: 'exports',
  _importIds: 'imports',
  _apiIds: 'apis',
  _mcpServerIds: 'mcpservers',
}
const listFields = Object.keys(listed) as readonly ScopeField[]
/** The longest that a token with an end lasts, in days: of the account's own users, and through a share. */
const longestDays: typeof maxDaysToPurge = { user: 30, ashare: 90 }
/** What a token with full access has none of. */
const scopeOnly = [...listFields, 'mcpScopes', 'integrationLevels'] as const

export const tokenForm: FormView = {
  fields: () => new Set(['name', 'description', 'fullAccess', 'autoPurgeAt', ...scopeOnly]),
  draw: (props) => <TokenFields {...props} />,
}

const idsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as readonly string[]) : [])

const without = (values: Values, names: readonly string[]): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)))

const toOptions = (labels: Readonly<Record<string, string>>) => Object.entries(labels).map(([value, label]) => ({ value, label }))

/** A list of nothing is left out: the token is not for it. */
const withList = (values: Values, name: string, list: readonly unknown[]): Values =>
  list.length > 0 ? { ...values, [name]: list } : without(values, [name])

function TokenFields(props: FormViewProps) {
  const { values, problems, isReadOnly, onChange } = props
  const isFull = values['fullAccess'] === true
  // Who looks at the other choice and comes back finds what was chosen.
  const lists = useRef<Values>({})
  const choose = (scope: unknown) => {
    if (scope === 'full') {
      lists.current = Object.fromEntries(scopeOnly.flatMap((name) => (name in values ? [[name, values[name]]] : [])))
      onChange({ ...without(values, scopeOnly), fullAccess: true })
    } else onChange({ ...without(values, ['fullAccess']), ...lists.current })
  }
  const text = (name: string, label: string) => (
    <FieldControl
      kind="text"
      label={label}
      value={values[name]}
      error={problems.get(name)}
      isReadOnly={isReadOnly}
      onChange={(next) => onChange(next === '' && name !== 'name' ? without(values, [name]) : { ...values, [name]: next })}
    />
  )
  return (
    <>
      {text('name', resourceWords.name)}
      {text('description', integrationWords.integration.description)}
      <FieldControl
        kind="radio"
        label={tokenWords.scope}
        hint={isFull ? tokenWords.fullHint : tokenWords.listedHint}
        options={[
          { value: 'full', label: tokenWords.full },
          { value: 'listed', label: tokenWords.listed },
        ]}
        value={isFull ? 'full' : 'listed'}
        error={problems.get('fullAccess')}
        isReadOnly={isReadOnly}
        onChange={choose}
      />
      {!isFull && <ScopeLists {...props} />}
      <AutoPurge {...props} />
    </>
  )
}

function ScopeLists(props: FormViewProps) {
  const { values, problems, isReadOnly, onChange } = props
  const integrations = useItems('integrations')
  const levels = new Map(
    (Array.isArray(values['integrationLevels'])
      ? (values['integrationLevels'] as readonly { _integrationId: string; level: string }[])
      : []
    ).map(({ _integrationId, level }) => [_integrationId, level] as const),
  )
  return (
    <>
      {listFields.map((field) => (
        <ScopeList key={field} field={field} {...props} />
      ))}
      {idsOf(values['_mcpServerIds']).length > 0 && (
        <FieldControl
          kind="multiselect"
          label={tokenWords.mcpScopes}
          hint={tokenWords.mcpHint}
          options={toOptions(tokenWords.mcp)}
          value={values['mcpScopes']}
          error={problems.get('mcpScopes')}
          isReadOnly={isReadOnly}
          onChange={(scopes) => onChange(withList(values, 'mcpScopes', idsOf(scopes)))}
        />
      )}
      <Folded label={tokenWords.integrations} count={levels.size}>
        {integrations && (
          <PickLevels
            label={tokenWords.integrations}
            hidesLabel
            hint={tokenWords.integrationsHint}
            error={problems.get('integrationLevels')}
            none={tokenWords.nothing}
            noLevel={tokenWords.noLevel}
            items={integrations}
            levels={toOptions(tokenWords.levels)}
            chosen={levels}
            isReadOnly={isReadOnly}
            onChange={(chosen) =>
              onChange(
                withList(
                  values,
                  'integrationLevels',
                  [...chosen].map(([_integrationId, level]) => ({ _integrationId, level })),
                ),
              )
            }
          />
        )}
      </Folded>
    </>
  )
}

function ScopeList({ field, values, problems, isReadOnly, onChange }: FormViewProps & { readonly field: ScopeField }) {
  const items = useItems(listed[field])
  const chosen = idsOf(values[field])
  return (
    <Folded label={tokenWords.lists[field]} count={chosen.length}>
      {items && (
        <PickSeveral
          label={tokenWords.lists[field]}
          hidesLabel
          error={problems.get(field)}
          none={tokenWords.nothing}
          items={items}
          chosen={chosen}
          isReadOnly={isReadOnly}
          onChange={(ids) => onChange(withList(values, field, ids))}
        />
      )}
    </Folded>
  )
}

/** Open from the beginning where something of it is chosen. */
function Folded({ label, count, children }: { readonly label: string; readonly count: number; readonly children: React.ReactNode }) {
  const [wasChosen] = useState(count > 0)
  return (
    <details className="form-group collapse" open={wasChosen}>
      <summary>
        {label} {count > 0 && <span className="tab-count">{count}</span>}
      </summary>
      {children}
    </details>
  )
}

/** Documents of one type that are offered. */
const mostOffered = 1000

function useItems(collection: (typeof scopeFields)[ScopeField] | 'integrations'): readonly PickItem[] | undefined {
  // Every list takes these; of which type its documents are is known only here.
  const { data } = useLater(collections[collection].list as 'listConnections', { query: { include: 'name', limit: mostOffered } })
  return data?.map(({ _id: id, name }) => ({ id, name: name ?? id })).toSorted((a, b) => a.name.localeCompare(b.name))
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** The last of them are for who works in an account that is shared with them. */
const periods = [
  { ms: hourMs, label: tokenWords.afterHours(1) },
  { ms: 4 * hourMs, label: tokenWords.afterHours(4) },
  ...[1, 4, 10, longestDays.user, 60, longestDays.ashare].map((n) => ({ ms: n * dayMs, label: tokenWords.afterDays(n) })),
]
/** So much sooner than the longest that a token lasts, for the time until it is sent. In milliseconds. */
const untilSentMs = hourMs

/** When it ends, counted from when the form was opened. */
function AutoPurge({ values, problems, isReadOnly, onChange }: FormViewProps) {
  const { _ashareId } = useSession()
  const [openedAt] = useState(() => Date.now())
  const longest = longestDays[_ashareId === undefined ? 'user' : 'ashare'] * dayMs
  const offered = periods
    .filter(({ ms }) => ms <= longest)
    .map(({ ms, label }) => ({ value: new Date(openedAt + (ms === longest ? ms - untilSentMs : ms)).toISOString(), label }))
  const at = values['autoPurgeAt']
  const isOther = typeof at === 'string' && !offered.some(({ value }) => value === at) && !Number.isNaN(Date.parse(at))
  return (
    <FieldControl
      kind="select"
      label={tokenWords.autoPurge}
      hint={tokenWords.autoPurgeHint}
      none={tokenWords.never}
      options={isOther ? [{ value: at, label: tokenWords.at(exactTime(at)) }, ...offered] : offered}
      value={at}
      error={problems.get('autoPurgeAt')}
      isReadOnly={isReadOnly}
      onChange={(time) => onChange(time === undefined ? without(values, ['autoPurgeAt']) : { ...values, autoPurgeAt: time })}
    />
  )
}
