/** From which day to which, in the address of the page. */
import { accountWords } from '../words/account.ts'
import { useSearchChange, useUrlState } from '../url-state.ts'

/** `resets` are parts of the address that another range makes void. */
export function DateRange({ resets = {} }: { readonly resets?: Readonly<Record<string, undefined>> }) {
  const [from] = useUrlState('from')
  const [to] = useUrlState('to')
  const change = useSearchChange()
  const day = (key: string, label: string, value: string) => (
    <label className="inline">
      <span className="soft">{label}</span>
      <input type="date" className="input" value={value} onChange={({ target }) => change({ ...resets, [key]: target.value })} />
    </label>
  )
  return (
    <>
      {day('from', accountWords.audit.from, from)}
      {day('to', accountWords.audit.to, to)}
    </>
  )
}
