/** Makes a connection, or changes one, beside the step that uses it: stored at once, since its secrets belong to the server alone. */
import { useState } from 'react'
import { stepForms } from '../../step-forms.ts'
import { call, callWithVersion, type CallResult } from '../api/client.ts'
import { placeProblems } from '../api/problems.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { ifMatch, type Versioned } from '../api/versioned.ts'
import { useQuery } from '@tanstack/react-query'
import { Button } from '../parts/button.tsx'
import { mayDiscard } from '../parts/dialog-state.ts'
import { FieldControl } from '../parts/field-control.tsx'
import { FormOrJson } from '../parts/form-or-json.tsx'
import { Icon } from '../parts/icon.tsx'
import { isSame } from '../parts/is-same.ts'
import { CodeEditor } from '../parts/code-editor.tsx'
import { notify } from '../parts/notices.tsx'
import { parseJson } from '../parts/parse-json.ts'
import { Problems } from '../parts/problems.tsx'
import { Loading, Refusal } from '../parts/states.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { useConflict } from '../parts/use-conflict.tsx'
import { useHeld } from '../parts/use-held.ts'
import { builderWords } from '../words/builder.ts'
import { words as allWords } from '../words.ts'
import { beginConnection, nameConnection } from './starts.ts'
import { findMissing, StepForm } from './step-form.tsx'
import { textOf, type Values } from './workspace.ts'
import { useAttempt } from './use-attempt.ts'
import { useFirstField } from './use-first-field.ts'

const words = builderWords.connection

export interface StoredConnection {
  readonly _id: string
  readonly name: string
  readonly type: string
  readonly http?: { readonly auth?: { readonly type?: string | undefined } | undefined } | undefined
}

interface ConnectionFormProps {
  /** Absent where a new one is made. */
  readonly id: string | undefined
  readonly onDone: (connection: StoredConnection | undefined) => void
}

export function ConnectionForm({ id, onDone }: ConnectionFormProps) {
  const loaded = useQuery({
    queryKey: ['builder', 'connections', id],
    queryFn: () => readConnection(id ?? ''),
    enabled: id !== undefined,
    // Read when the form opens, and never while it is open: its changes are of that version.
    staleTime: Infinity,
    gcTime: 0,
  })
  if (id !== undefined && !loaded.data) return loaded.error ? <Refusal error={loaded.error} /> : <Loading lines={4} />
  return <ConnectionFields loaded={loaded.data} onDone={onDone} />
}

const readConnection = (_id: string): Promise<Versioned<Values>> =>
  callWithVersion('getConnection', { params: { _id } }) as unknown as Promise<Versioned<Values>>

type Tried = { readonly answers: true } | { readonly answers: false; readonly why: string }

function ConnectionFields({
  loaded: opened,
  onDone,
}: {
  readonly loaded: Versioned<Values> | undefined
  readonly onDone: ConnectionFormProps['onDone']
}) {
  // What is read again while it is open, such as after another sign-in, is not what was changed here.
  const [loaded] = useState(opened)
  const [begun, setBegun] = useState<Values>(() => loaded?.result ?? beginConnection('http'))
  const [values, setValues] = useState(begun)
  const [typed, setTyped] = useState<string>()
  const { isBusy, problems, attempt } = useAttempt()
  const conflict = useConflict({
    read: () => readConnection(textOf(loaded?.result['_id'])),
    onChoose: (value, theirs) => {
      setValues(value as Values)
      void save(value as Values, theirs as Versioned<Values>)
    },
  })
  const [tried, setTried] = useState<Tried>()
  const isChanged = !isSame(values, begun)
  // Another step that is chosen takes its place.
  useUnsaved(isChanged, { leftBy: ['at'] })
  const type = textOf(values['type'])
  const form = stepForms.connections[type]
  const { placed, left } = placeProblems(problems, new Set(form?.fields.map(({ path }) => path)), '')
  const change = (next: Values) => {
    const isUnnamed = values['name'] === '' || values['name'] === nameConnection(values, typeLabel(type))
    setTried(undefined)
    setValues(isUnnamed && next['name'] === values['name'] && !loaded ? { ...next, name: nameConnection(next, typeLabel(type)) } : next)
  }
  const test = () =>
    attempt(async () => {
      const { errors = [] } = await call('pingVirtualConnection', { body: values as never })
      setTried(errors.length === 0 ? { answers: true } : { answers: false, why: errors.map(({ message }) => message).join(' ') })
    })
  const store = async (body: Values, from: Versioned<Values> | undefined) => {
    if (!from) return call('createConnection', { body: body as never })
    const params = { _id: textOf(from.result['_id']) }
    let stored: CallResult<'updateConnection'> | undefined
    const update = async () => (stored = await call('updateConnection', { params, body: body as never, ...ifMatch(from.version) }))
    await conflict.attempt(update, body, from.result)
    return stored
  }
  const save = (body = values, from = loaded) =>
    attempt(async () => {
      const stored = await store(body, from)
      if (!stored) return
      await refresh(queryClient, ['listConnections', 'listIntegrationConnections', 'getConnection'])
      notify((loaded ? words.saved : words.created)(stored.name))
      onDone({ _id: stored._id, name: stored.name, type: stored.type })
    })
  const isMissing = !loaded && form !== undefined && findMissing(form, values) !== undefined
  const setJson = (text: string) => {
    setTyped(text)
    const parsed = parseJson(text)
    if ('value' in parsed) setValues(parsed.value as Values)
  }
  return (
    <div className="panel-part" ref={useFirstField()} {...useHeld(isBusy)}>
      <FormOrJson isForm={typed === undefined} onChange={(as) => setTyped(as === 'json' ? JSON.stringify(values, null, 2) : undefined)} />
      {typed === undefined ? (
        <>
          <FieldControl
            label={words.type}
            kind="select"
            isRequired
            isReadOnly={loaded !== undefined}
            value={type}
            options={Object.keys(stepForms.connections)
              .toSorted(byLabel)
              .map((value) => ({ value, label: typeLabel(value) }))}
            onChange={(next) => {
              const other = beginConnection(String(next))
              const named = { ...other, name: nameConnection(other, typeLabel(String(next))) }
              if (!isChanged) setBegun(named)
              setValues(named)
            }}
          />
          {form && <StepForm form={form} values={values} problems={placed} isNew={!loaded} onChange={change} />}
        </>
      ) : (
        <CodeEditor label={allWords.editor.json} value={typed} onChange={setJson} />
      )}
      {conflict.dialog}
      <div className="panel-foot stays">
        <Problems problems={left} />
        {tried && (
          <p className={tried.answers ? 'tried' : 'refusal'} role="status">
            <Icon name={tried.answers ? 'check' : 'alert'} />
            <span>{tried.answers ? (hasPing(values) ? words.answers : words.untested) : words.silent(tried.why)}</span>
          </p>
        )}
        <Button kind="primary" busy={isBusy} disabled={isMissing} onClick={() => void save()}>
          {loaded ? words.save : words.create}
        </Button>
        <Button busy={isBusy} disabled={isMissing} onClick={() => void test()}>
          {words.test}
        </Button>
        <Button kind="quiet" onClick={() => mayDiscard(isChanged) && onDone(undefined)}>
          {words.back}
        </Button>
      </div>
    </div>
  )
}

/** HTTP first: most applications are reached so. */
const byLabel = (a: string, b: string): number => Number(b === 'http') - Number(a === 'http') || typeLabel(a).localeCompare(typeLabel(b))
const typeLabel = (type: string): string => words.types[type] ?? type

/** Without one a connection over HTTP is not asked for anything. */
const hasPing = ({ type, http }: Values): boolean =>
  type !== 'http' || Boolean((http as { readonly ping?: { readonly relativeURI?: unknown } } | undefined)?.ping?.relativeURI)
