/** A Handlebars template: what it sees is offered while it is typed, and what it writes for a record stands beside it. */
import { lazy, Suspense, useMemo, useState } from 'react'
import { call } from '../../api/client.ts'
import { Loading } from '../../parts/states.tsx'
import { editorWords } from '../../words/editors.ts'
import { messagesOf, noOutcomes, type EditorContext, type EditorProps, type Json, type Outcomes } from '../editor.ts'
import { Panes } from '../sample/panes.tsx'
import { useLive } from '../use-live.ts'
import '../editors.css'

const View = lazy(async () => ({ default: (await import('./template-view.tsx')).TemplateView }))

const words = editorWords.template

/** How a template writes its values, by where it stands. */
export type WrittenFor = 'raw' | 'uri' | 'json' | 'xml' | 'csv' | 'sql'

interface TemplateEditorProps extends EditorProps<string> {
  readonly label: string
  readonly writtenFor?: WrittenFor
}

export function TemplateEditor({
  value = '',
  onChange,
  sample,
  context,
  isReadOnly = false,
  label,
  writtenFor = 'raw',
}: TemplateEditorProps) {
  const [place, setPlace] = useState(0)
  const { records } = sample
  const surroundings = useMemo(() => listSurroundings(context), [context])
  const record = records[Math.min(place, Math.max(0, records.length - 1))]
  const seen = useMemo(
    () => ({ ...(context.kind !== 'export' && record !== undefined && seenOf(context, record)), ...surroundings }),
    [context, record, surroundings],
  )
  const isOfExport = context.kind === 'export'
  const key = !isOfExport && records.length === 0 ? undefined : JSON.stringify([value, writtenFor, records, surroundings])
  const live = useLive(key, () => evaluate(context, value, writtenFor, records, surroundings))
  const outcomes = live.result ?? noOutcomes
  return (
    <div className="template-editor">
      <Suspense fallback={<Loading lines={3} />}>
        <View label={label} value={value} seen={seen} isReadOnly={isReadOnly} onChange={onChange} />
      </Suspense>
      <p className="hint">{words.hints[writtenFor]}</p>
      <Panes
        sample={sample}
        place={isOfExport || outcomes.each.length === 1 ? 0 : place}
        onPlace={setPlace}
        resultLabel={words.result}
        outcomes={outcomes}
        error={live.error}
        isBusy={live.isBusy}
        show={(text) => <Written text={String(text)} />}
      />
    </div>
  )
}

const Written = ({ text }: { readonly text: string }) => (
  <pre className="json" tabIndex={0} role="region" aria-label={words.result}>
    {text === '' ? words.empty : text}
  </pre>
)

const isBatched = ({ kind, document }: EditorContext): boolean =>
  kind === 'import' && Number((document['http'] as Json | undefined)?.['batchSize'] ?? 1) > 1

function seenOf(context: EditorContext, record: unknown): Json {
  const bare = context.kind === 'lookup' && typeof record === 'object' && !Array.isArray(record) ? (record as Json) : {}
  return {
    ...bare,
    record,
    data: context.kind === 'lookup' ? record : [record],
    ...(isBatched(context) && { batch_of_records: [{ record }] }),
  }
}

/** What templates see besides the records. Secrets are masked here, and never leave the server. */
function listSurroundings({ kind, document, connection, settings }: EditorContext): Json {
  const now = new Date().toISOString().replace(/\.\d+/, '')
  return {
    settings,
    ...(connection && { connection }),
    ...(kind === 'import' ? { import: document } : { export: document }),
    ...(kind !== 'import' && { lastExportDateTime: '1970-01-01T00:00:00Z', currentExportDateTime: now, exportStartTime: now }),
    testMode: true,
  }
}

async function evaluate(
  context: EditorContext,
  template: string,
  writtenFor: WrittenFor,
  records: readonly unknown[],
  surroundings: Json,
): Promise<Outcomes> {
  const lookups = context.document['lookups'] as never
  const { results, errors } = await call('previewTemplate', {
    body: {
      template,
      step: context.kind,
      writtenFor,
      surroundings: { ...surroundings },
      ...(context.kind !== 'export' && { records: [...records] as never, batched: isBatched(context) }),
      ...(lookups !== undefined && { lookups }),
    },
  })
  return {
    each: results.map(({ text, errors: own }) => ({ ...(text !== undefined && { value: text }), problems: messagesOf(own) })),
    problems: messagesOf(errors),
  }
}
