/** The value of an entry in its row: shown short, edited in place. Texts are entered as they are, all else as JSON. */
import { useState } from 'react'
import { type CallResult } from '../../api/client.ts'
import { useAct } from '../../api/queries.ts'
import { dataWords } from '../../words/data.ts'
import { notify } from '../../parts/notices.tsx'
import { parseJson } from '../../parts/parse-json.ts'

type Entry = CallResult<'getLookupCacheData'>['data'][number]

const words = dataWords.cache
/** Longer values are edited in a form of their own. Characters. */
const longestInPlace = 300

interface CacheValueProps {
  readonly cacheId: string
  readonly entry: Entry
  readonly isReadOnly: boolean
  /** The form, for values that are too long for a row. */
  readonly onOpen: () => void
}

export function CacheValue({ cacheId, entry: { key, value }, isReadOnly, onOpen }: CacheValueProps) {
  const [typed, setTyped] = useState<string>()
  const write = useAct('upsertLookupCacheData', 'getLookupCacheData', 'getLookupCache')
  const isText = typeof value === 'string'
  const shown = JSON.stringify(value) ?? ''
  const save = () => {
    if (typed === undefined || write.isPending) return
    const parsed = isText ? { value: typed } : parseJson(typed)
    if ('why' in parsed) return notify(words.noJson(key), true)
    if (JSON.stringify(parsed.value) === shown) return setTyped(undefined)
    write.mutate({ params: { _id: cacheId }, body: { data: [{ key, value: parsed.value }] } }, { onSuccess: () => setTyped(undefined) })
  }
  if (typed !== undefined)
    return (
      <input
        className="input mono in-place"
        autoFocus
        aria-label={words.inPlace(key)}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === 'Enter') save()
          if (event.key === 'Escape') setTyped(undefined)
        }}
      />
    )
  const code = <code>{shown.slice(0, longestInPlace)}</code>
  if (isReadOnly) return code
  return (
    <button
      type="button"
      className="cell-button"
      onClick={() => (shown.length > longestInPlace ? onOpen() : setTyped(isText ? value : shown))}
    >
      <span className="hidden">{words.editValue(key)}: </span>
      {code}
    </button>
  )
}

/** A new entry: a key, a text, and one is there for the next. */
export function NewCacheEntry({ cacheId }: { readonly cacheId: string }) {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const write = useAct('upsertLookupCacheData', 'getLookupCacheData', 'getLookupCache')
  return (
    <form
      className="new-entry"
      onSubmit={(event) => {
        event.preventDefault()
        const field = event.currentTarget.elements.item(0) as HTMLElement
        write.mutate(
          { params: { _id: cacheId }, body: { data: [{ key, value }] } },
          {
            onSuccess: () => {
              notify(words.saved(key))
              setKey('')
              setValue('')
              field.focus()
            },
          },
        )
      }}
    >
      <input
        className="input mono"
        required
        aria-label={words.newKey}
        placeholder={words.newKey}
        value={key}
        onChange={(event) => setKey(event.target.value)}
      />
      <input
        className="input"
        aria-label={words.newValue}
        placeholder={words.newValue}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <button type="submit" className="button plain" disabled={write.isPending}>
        {words.add}
      </button>
    </form>
  )
}
