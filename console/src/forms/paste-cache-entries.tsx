/** Writes the rows of a spreadsheet into a lookup cache: pasted or from a file, looked at first, then batch by batch with its progress. */
import { useMemo, useRef, useState } from 'react'
import { call, explain } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { dataWords } from '../words/data.ts'
import { Button } from '../parts/button.tsx'
import { CancelButton, Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { Unsaved } from '../parts/unsaved.tsx'
import { RefusalText } from './form-dialog.tsx'
import { prepareEntries, readPastedRows, type PreparedEntries } from './read-pasted-rows.ts'

const words = dataWords.paste
/** Entries that are shown before they are written. */
const previewed = 5
/** Characters of a value in the preview. */
const shownOfValue = 120

interface Read {
  readonly columns: readonly string[]
  readonly prepared?: PreparedEntries
  readonly why?: string
}

function read(text: string, hasHeading: boolean, keyColumn: number): Read {
  try {
    const pasted = readPastedRows(text, hasHeading)
    const { columns } = pasted
    if (columns.length < 2) return { columns, why: words.oneColumn }
    try {
      return { columns, prepared: prepareEntries(pasted, Math.min(keyColumn, columns.length - 1)) }
    } catch (error) {
      return { columns, why: explain(error) }
    }
  } catch (error) {
    return { columns: [], why: explain(error) }
  }
}

interface PasteProps {
  readonly cacheId: string
  readonly onClose: () => void
}

export function PasteCacheEntriesForm({ cacheId, onClose }: PasteProps) {
  const [text, setText] = useState('')
  const [hasHeading, setHeading] = useState(true)
  const [keyColumn, setKeyColumn] = useState(0)
  const found = useMemo(() => (text === '' ? undefined : read(text, hasHeading, keyColumn)), [text, hasHeading, keyColumn])
  const { start, stop, written, isWriting, refusal } = useWriting(cacheId, found?.prepared, onClose)
  const take = (file: File | undefined) => void file?.text().then(setText)
  const prepared = found?.prepared
  const isBegun = isWriting || written > 0
  const close = () => {
    if (isWriting) {
      stop()
      notify(words.written(written, prepared?.numEntries ?? 0))
    }
    onClose()
  }
  return (
    <Dialog title={words.title} onClose={close} wide>
      <Unsaved isChanged={text !== ''} />
      <div className="dialog-body">
        {!isBegun && (
          <>
            <p className="soft">{words.hint}</p>
            <Field label={words.rows}>
              {(props) => (
                <textarea
                  className="input mono"
                  rows={3}
                  autoFocus
                  // Many rows are not drawn: a preview shows what was read.
                  value={text.length > 2000 ? words.pasted(text.length) : text}
                  readOnly={text.length > 2000}
                  onChange={(event) => setText(event.target.value)}
                  onPaste={(event) => {
                    event.preventDefault()
                    setText(event.clipboardData.getData('text/plain'))
                  }}
                  {...props}
                />
              )}
            </Field>
            <div className="inline ends">
              <Field label={words.file}>
                {(props) => (
                  <input type="file" accept=".csv,.tsv,.txt,text/csv" onChange={(event) => take(event.target.files?.[0])} {...props} />
                )}
              </Field>
              {text !== '' && <Button onClick={() => setText('')}>{words.clear}</Button>}
            </div>
            <label className="choice flag">
              <input type="checkbox" checked={hasHeading} onChange={(event) => setHeading(event.target.checked)} />
              <span>{words.heading}</span>
            </label>
            {found && found.columns.length > 1 && (
              <Field label={words.key}>
                {(props) => (
                  <select className="input" value={keyColumn} onChange={(event) => setKeyColumn(Number(event.target.value))} {...props}>
                    {found.columns.map((name, place) => (
                      // oxlint-disable-next-line react/no-array-index-key -- columns may share a name
                      <option key={place} value={place}>
                        {name}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
            )}
          </>
        )}
        {prepared && !isBegun && <Preview prepared={prepared} />}
        {prepared && isBegun && (
          <div className="field" role="status">
            <progress max={prepared.numEntries} value={written} aria-label={words.progress} />
            <p>{words.written(written, prepared.numEntries)}</p>
          </div>
        )}
        <RefusalText text={found?.why ?? refusal} />
      </div>
      <footer>
        {isWriting ? <Button onClick={stop}>{words.stop}</Button> : <CancelButton />}
        <Button kind="primary" busy={isWriting} disabled={!prepared || prepared.numEntries === 0} onClick={start}>
          {written > 0 ? words.goOn : words.act(prepared?.numEntries ?? 0)}
        </Button>
      </footer>
    </Dialog>
  )
}

function Preview({ prepared: { batches, numEntries, numWithoutKey } }: { readonly prepared: PreparedEntries }) {
  return (
    <>
      <p>
        {words.found(numEntries)} {numWithoutKey > 0 && words.withoutKey(numWithoutKey)}
      </p>
      <table className="table" aria-label={words.preview}>
        <thead>
          <tr>
            <th scope="col">{dataWords.cache.key}</th>
            <th scope="col">{dataWords.cache.value}</th>
          </tr>
        </thead>
        <tbody>
          {(batches[0] ?? []).slice(0, previewed).map(({ key, value }) => (
            <tr key={key}>
              <td className="mono">{key}</td>
              <td>
                <code>{JSON.stringify(value).slice(0, shownOfValue)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

/** One request after the other. What was written stays where one is refused or somebody stops, and it goes on from there. */
function useWriting(_id: string, prepared: PreparedEntries | undefined, onDone: () => void) {
  const [numBatches, setNumBatches] = useState(0)
  const [isWriting, setWriting] = useState(false)
  const [refusal, setRefusal] = useState<string>()
  const isStopped = useRef(false)
  const batches = prepared?.batches ?? []
  const numOf = (some: typeof batches): number => some.reduce((sum, batch) => sum + batch.length, 0)
  const start = async () => {
    isStopped.current = false
    setWriting(true)
    setRefusal(undefined)
    let next = numBatches
    try {
      for (; next < batches.length && !isStopped.current; next++) {
        await call('upsertLookupCacheData', { params: { _id }, body: { data: [...(batches[next] ?? [])] } })
        setNumBatches(next + 1)
      }
    } catch (error) {
      setRefusal(`${explain(error)} ${words.stoppedAt(numOf(batches.slice(0, next)))}`)
    }
    setWriting(false)
    await refresh(queryClient, ['getLookupCacheData', 'getLookupCache'])
    if (next === batches.length && next > 0) {
      notify(words.done(numOf(batches)))
      onDone()
    }
  }
  return {
    start: () => void start(),
    stop: () => void (isStopped.current = true),
    written: numOf(batches.slice(0, numBatches)),
    isWriting,
    refusal,
  }
}
