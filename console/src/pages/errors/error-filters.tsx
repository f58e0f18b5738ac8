/** Which errors are shown, by all that they say: every choice stands in the address of the page. */
import { useState } from 'react'
import { useLater } from '../../api/queries.ts'
import { useMay, useSession } from '../../api/session.ts'
import { filterParameters } from '../../api/step-errors.ts'
import { words } from '../../words.ts'
import { accountWords } from '../../words/account.ts'
import { errorWords } from '../../words/errors.ts'
import { Choice } from '../../parts/audit-table.tsx'
import { Button } from '../../parts/button.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { Badge } from '../../parts/status.tsx'
import { useSearchChange, useSearchParams } from '../../url-state.ts'
import { isPhone } from './phone.ts'

const classifications = ['intermittent', 'rate_limit', 'value', 'missing', 'duplicate', 'parse', 'too_large', 'connection']
const sources = [
  'application',
  'connection',
  'internal',
  'resource',
  'lookup',
  'transformation',
  'output_filter',
  'input_filter',
  'import_filter',
  'mapping',
  'response_mapping',
  'pre_save_page_hook',
  'pre_map_hook',
  'post_map_hook',
  'post_submit_hook',
  'post_aggregate_hook',
]

export function ErrorFilters() {
  const search = useSearchParams()
  const change = useSearchChange()
  const set = (name: string) => (value: string) => change({ [name]: value })
  const [isOpen, setOpen] = useState(!isPhone())
  const count = filterParameters.filter((name) => search[name]).length
  const clear = () => change(Object.fromEntries(filterParameters.map((name) => [name, undefined])))
  return (
    <div className="toolbar error-filters" role="search" aria-label={errorWords.filters}>
      <SearchBox label={errorWords.searchMessages} value={search['message'] ?? ''} onChange={set('message')} />
      <button type="button" className="button plain filters-toggle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {errorWords.filters}
        {count > 0 && ` (${count})`}
      </button>
      {isOpen && <MoreFilters search={search} set={set} />}
      {search['run'] && <Badge>{errorWords.ofRun}</Badge>}
      {count > 0 && (
        <Button kind="quiet" onClick={clear}>
          {words.actions.clear}
        </Button>
      )}
    </div>
  )
}

interface MoreFiltersProps {
  readonly search: Readonly<Record<string, string | undefined>>
  readonly set: (name: string) => (value: string) => void
}

function MoreFilters({ search, set }: MoreFiltersProps) {
  const tags = useLater('listTags', {}).data ?? []
  const people = usePeople()
  const choose = (name: string) => (event: React.ChangeEvent<HTMLSelectElement | HTMLInputElement>) => set(name)(event.target.value)
  const value = (name: string) => search[name] ?? ''
  return (
    <>
      <Choice label={errorWords.source} any={errorWords.anySource} value={value('source')} options={sources} onChange={choose('source')} />
      <div className="narrow">
        <SearchBox label={errorWords.code} value={value('code')} onChange={set('code')} />
      </div>
      <Choice
        label={errorWords.classification}
        any={errorWords.anyClassification}
        value={value('classification')}
        options={classifications}
        onChange={choose('classification')}
      />
      <select className="input" aria-label={errorWords.tags} value={value('tag')} onChange={choose('tag')}>
        <option value="">{errorWords.anyTag}</option>
        {tags.map(({ tagId = '', tag }) => (
          <option key={tagId} value={tagId}>
            {tag}
          </option>
        ))}
      </select>
      <select className="input" aria-label={errorWords.assignedTo} value={value('assignee')} onChange={choose('assignee')}>
        <option value="">{errorWords.anyone}</option>
        <option value="nobody">{errorWords.nobody}</option>
        {[...people].map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <div className="narrow">
        <SearchBox label={errorWords.traceKey} value={value('trace')} onChange={set('trace')} />
      </div>
      {(['from', 'to'] as const).map((name) => (
        <label key={name} className="inline">
          <span className="soft">{accountWords.audit[name]}</span>
          <input type="date" className="input" value={value(name)} onChange={choose(name)} />
        </label>
      ))}
    </>
  )
}

/** Who may look after errors, by id: the user, and those who share the account. */
function usePeople(): ReadonlyMap<string, string> {
  const { user } = useSession()
  const may = useMay()
  const shares = useLater('listAShares', {}, may('listAShares')).data ?? []
  return new Map([
    [user._id, user.email],
    ...shares.flatMap(({ accepted, sharedWithUser: { _id, email } }) => (accepted && _id !== undefined ? [[_id, email] as const] : [])),
  ])
}
