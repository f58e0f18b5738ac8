/** The panel of a step: its connection, its form or JSON, the parts with editors of their own, and a try. */
import { useState } from 'react'
import { stepForms } from '../../step-forms.ts'
import { placeProblems, type Problem } from '../api/problems.ts'
import { useAuthorize } from '../forms/authorize-connection.ts'
import { Button, LinkButton } from '../parts/button.tsx'
import { FieldControl } from '../parts/field-control.tsx'
import { FormOrJson } from '../parts/form-or-json.tsx'
import { Problems } from '../parts/problems.tsx'
import { paths } from '../paths.ts'
import { builderWords } from '../words/builder.ts'
import { ConnectionForm, type StoredConnection } from './connection-form.tsx'
import type { Processor } from './flow-edits.ts'
import type { PartContext } from './part-editor.ts'
import { PartList, type Part } from './part-list.tsx'
import { Preview } from './preview.tsx'
import { SampleRecord } from './sample-record.tsx'
import { SendOne } from './send-one.tsx'
import { adaptorTypeFor, collectionOf, renameStep, type StepKind } from './starts.ts'
import { findMissing, StepForm } from './step-form.tsx'
import { useConnections } from './use-connections.ts'
import { useFirstField } from './use-first-field.ts'
import { ValuesJson } from './values-json.tsx'
import { WebhookAddress } from './webhook-address.tsx'
import { isNewId, textOf, type KnownStep, type Values } from './workspace.ts'

const words = builderWords.panel

interface StepPanelProps {
  /** Of the step within the builder. */
  readonly id: string
  readonly kind: StepKind
  readonly values: Values
  /** As the server has it; undefined while it is new. */
  readonly known: KnownStep | undefined
  /** Of steps in the middle of a flow: what the flow says of this use. */
  readonly processor: Processor | undefined
  readonly problems: readonly Problem[]
  readonly isReadOnly: boolean
  readonly sample: readonly unknown[] | undefined
  readonly fetchSample: (() => Promise<readonly unknown[]>) | undefined
  readonly context: Pick<PartContext, 'flowId' | 'integrationId'> & { readonly flow: Values }
  readonly onChange: (values: Values, name: string) => void
  readonly onProcessor: (change: (step: Processor) => Processor, name?: string) => void
  readonly onRecords: (records: readonly unknown[]) => void
}

export function StepPanel(props: StepPanelProps) {
  const { id, kind, values, problems, isReadOnly, sample, fetchSample, onChange, onRecords } = props
  const collection = collectionOf(kind)
  const { connections, isLoaded } = useConnections()
  /** Where the form of its connection was closed again, the focus comes back to what opened it. */
  const [connectionForm, setConnectionForm] = useState<'open' | 'closed'>()
  const [isForm, setForm] = useState(true)
  const [tried, setTried] = useState<readonly Problem[]>([])
  const adaptorType = textOf(values['adaptorType'])
  const form = stepForms[collection][adaptorType]
  const connectionId = typeof values['_connectionId'] === 'string' ? values['_connectionId'] : undefined
  const connection = connections.find(({ _id }) => _id === connectionId)
  const isNew = isNewId(id)
  const fields = new Set([...(form?.fields.map(({ path }) => path) ?? []), '_connectionId'])
  // What names no field stands where it was tried.
  const all = [...problems, ...tried.filter(({ field }) => field !== undefined).map((problem) => withoutRoot(problem))]
  const { placed, left } = placeProblems(all, isForm ? fields : new Set(), '')
  const change = (next: Values, path: string) => onChange(isNew ? renameStep(kind, values, next, connection?.name) : next, `${id} ${path}`)
  const json = <ValuesJson values={values} isReadOnly={isReadOnly} onChange={(next) => onChange(next, `${id} json`)} />
  const first = useFirstField(isNew)
  if (connectionForm === 'open' && connectionId) return <ConnectionForm id={connectionId} onDone={() => setConnectionForm('closed')} />
  const isWaiting = isNew && form !== undefined && findMissing(form, values) !== undefined
  return (
    <div className="panel-part" ref={first}>
      <div className="panel-tools">
        <FormOrJson
          isForm={isForm}
          onChange={(as) => {
            setForm(as === 'form')
            setConnectionForm(undefined)
          }}
        />
        {!isNew && (
          <LinkButton kind="quiet" to={paths.resource(collection, id)} icon="external">
            {words.open}
          </LinkButton>
        )}
      </div>
      {adaptorType === 'WebhookExport' && !isWaiting && <WebhookAddress id={id} values={values} known={props.known} />}
      {isForm ? (
        <>
          {connectionId !== undefined && (
            <ConnectionChoice
              {...{ connections, isLoaded, connection, connectionId, isReadOnly, error: placed.get('_connectionId') }}
              collection={collection}
              adaptorType={adaptorType}
              onChoose={(chosen) => change({ ...values, _connectionId: chosen }, '_connectionId')}
              takesFocus={connectionForm === 'closed'}
              onEdit={() => setConnectionForm('open')}
            />
          )}
          {form ? <StepForm form={form} values={values} problems={placed} isReadOnly={isReadOnly} isNew={isNew} onChange={change} /> : json}
        </>
      ) : (
        json
      )}
      <Problems problems={left} />
      {kind === 'source' && form !== undefined && connectionId === undefined && !isWaiting && (
        <SampleRecord
          value={values['sampleData']}
          isReadOnly={isReadOnly}
          onChange={(sampleData) => change(withFields(values, { sampleData }), 'sampleData')}
        />
      )}
      {!isWaiting && <StepParts {...props} connectionId={connectionId} />}
      {!isWaiting && connectionId !== undefined && connection !== undefined && !isReadOnly && (
        <Trial
          {...{ kind, values, connectionId, sample, fetchSample, onRecords }}
          onProblems={setTried}
          onValues={(next) => change(next, 'recordsPath')}
        />
      )}
      {isNew && <p className="hint">{words.save}</p>}
    </div>
  )
}

const Trial = ({
  fetchSample,
  onRecords,
  ...rest
}: Pick<StepPanelProps, 'kind' | 'values' | 'sample' | 'fetchSample' | 'onRecords'> & {
  readonly connectionId: string
  readonly onProblems: (problems: readonly Problem[]) => void
  readonly onValues: (values: Values) => void
}) => (rest.kind === 'import' ? <SendOne {...rest} fetchSample={fetchSample} /> : <Preview {...rest} onRecords={onRecords} />)

/** Requests that try a step name its fields below `export` or `import`. */
const withoutRoot = ({ field, message }: Problem): Problem => ({
  message,
  ...(field !== undefined && { field: field.replace(/^(?:export|import)\./, '') }),
})

interface ConnectionChoiceProps {
  readonly collection: 'exports' | 'imports'
  readonly adaptorType: string
  readonly connections: readonly StoredConnection[]
  readonly isLoaded: boolean
  readonly connection: StoredConnection | undefined
  readonly connectionId: string
  readonly isReadOnly: boolean
  readonly error: string | undefined
  readonly takesFocus: boolean
  readonly onChoose: (id: string) => void
  readonly onEdit: () => void
}

function ConnectionChoice(props: ConnectionChoiceProps) {
  const { collection, adaptorType, connections, isLoaded, connection, connectionId, isReadOnly, error, takesFocus, onChoose, onEdit } =
    props
  // A step of one kind goes over connections of that kind.
  const fitting = connections.filter(({ type }) => adaptorTypeFor(collection, type) === adaptorType)
  const isGone = isLoaded && !connection
  const authorize = useAuthorize(connectionId)
  return (
    <div className="with-act">
      <FieldControl
        label={words.connection}
        kind="select"
        isRequired
        isReadOnly={isReadOnly}
        value={connectionId}
        error={error ?? (isGone ? words.connectionGone : undefined)}
        options={fitting.map(({ _id, name }) => ({ value: _id, label: name }))}
        onChange={(id) => typeof id === 'string' && onChoose(id)}
      />
      {connection && !isReadOnly && (
        <Button onClick={onEdit} autoFocus={takesFocus}>
          {words.editConnection}
        </Button>
      )}
      {connection?.http?.auth?.type === 'oauth' && !isReadOnly && <Button onClick={authorize}>{words.authorize}</Button>}
    </div>
  )
}

/** Which parts a step has: those of its document, and those that the flow says of this use. */
function StepParts({
  kind,
  values,
  processor,
  isReadOnly,
  sample,
  context,
  onChange,
  onProcessor,
  id,
  connectionId,
}: StepPanelProps & { readonly connectionId: string | undefined }) {
  const ofDocument = (name: Part['name']): Part => ({
    name,
    value: values[name],
    onChange: (value, beside) => onChange(withFields(values, { ...beside, [name]: value }), `${id} ${name}`),
  })
  const own =
    kind === 'import'
      ? (['filter', 'mappings', 'responseTransform', 'hooks'] as const)
      : ([...(kind === 'lookup' ? (['inputFilter', 'mappings'] as const) : []), 'transform', 'filter', 'hooks'] as const)
  const hasOlder = kind === 'import' && values['mapping'] !== undefined
  const ofFlow: readonly Part[] = processor
    ? [
        {
          name: 'responseMapping',
          value: processor.responseMapping,
          onChange: (value) =>
            onProcessor(({ responseMapping: _before, ...others }) => ({
              ...others,
              ...(value !== undefined && { responseMapping: value as NonNullable<Processor['responseMapping']> }),
            })),
        },
        {
          name: 'postResponseMap',
          value: processor.hooks?.postResponseMap,
          onChange: (value) =>
            onProcessor(({ hooks: _before, ...others }) => ({
              ...others,
              ...(value !== undefined && { hooks: { postResponseMap: value as never } }),
            })),
        },
      ]
    : []
  const templates: Part = {
    name: 'template',
    value: values,
    isSet: JSON.stringify(values).includes('{{'),
    onChange: (value) => onChange(value as Values, `${id} template`),
  }
  const parts = [...own.map(ofDocument), ...(hasOlder ? [ofDocument('mapping')] : []), templates, ...ofFlow]
  const partContext = {
    collection: collectionOf(kind),
    kind: kind === 'source' ? ('export' as const) : kind,
    document: values,
    connectionId,
    flowId: context.flowId,
    integrationId: context.integrationId,
    isReadOnly,
  }
  return (
    <section className="form-group step-group" aria-label={words.data}>
      <h3>{words.data}</h3>
      <PartList parts={parts} sample={sample} context={partContext} />
      {processor && (
        <FieldControl
          label={words.proceed}
          hint={words.proceedHint}
          kind="flag"
          isReadOnly={isReadOnly}
          value={processor.proceedOnFailure === true}
          onChange={(on) => onProcessor((step) => ({ ...step, proceedOnFailure: on === true }))}
        />
      )}
    </section>
  )
}

const withFields = (values: Values, fields: Values): Values =>
  Object.fromEntries(Object.entries({ ...values, ...fields }).filter(([, value]) => value !== undefined))
