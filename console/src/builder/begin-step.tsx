/** The beginning of a new step: which connection it uses, a new one, something without a connection, or an export or import that is there already. */
import { useState } from 'react'
import { Button } from '../parts/button.tsx'
import { DocumentSelect } from '../parts/document-form.tsx'
import { FieldControl } from '../parts/field-control.tsx'
import { Loading } from '../parts/states.tsx'
import { words as allWords } from '../words.ts'
import { builderWords } from '../words/builder.ts'
import { humanize } from '../words/humanize.ts'
import { ConnectionForm, type StoredConnection } from './connection-form.tsx'
import { adaptorTypeFor, collectionOf, kindsWithoutConnection, type StepKind } from './starts.ts'
import { useConnections } from './use-connections.ts'
import { useFirstField } from './use-first-field.ts'

const words = builderWords.panel

interface BeginStepProps {
  readonly kind: StepKind
  readonly onConnection: (connection: StoredConnection) => void
  readonly onKind: (adaptorType: string) => void
  readonly onExisting: (id: string) => void
}

export function BeginStep(props: BeginStepProps) {
  const { connections, isLoaded } = useConnections()
  const [isMaking, setMaking] = useState(false)
  const { kind, onConnection } = props
  const collection = collectionOf(kind)
  if (isMaking)
    return (
      <ConnectionForm
        id={undefined}
        onDone={(made) => {
          setMaking(false)
          if (made && adaptorTypeFor(collection, made.type) !== undefined) onConnection(made)
        }}
      />
    )
  if (!isLoaded) return <Loading lines={3} />
  const usable = connections.filter(({ type }) => adaptorTypeFor(collection, type) !== undefined)
  return <WaysToBegin {...props} usable={usable} onMake={() => setMaking(true)} />
}

function WaysToBegin({
  kind,
  usable,
  onConnection,
  onKind,
  onExisting,
  onMake,
}: BeginStepProps & { readonly usable: readonly StoredConnection[]; readonly onMake: () => void }) {
  const collection = collectionOf(kind)
  const others = kindsWithoutConnection(kind)
  return (
    <div className="panel-part" ref={useFirstField()}>
      <h3>{words.where[kind]}</h3>
      {usable.length > 0 ? (
        <FieldControl
          label={words.chooseConnection}
          kind="select"
          value={undefined}
          none={allWords.fields.choose}
          options={usable.map(({ _id, name }) => ({ value: _id, label: name })).toSorted((a, b) => a.label.localeCompare(b.label))}
          onChange={(id) => {
            const chosen = usable.find(({ _id }) => _id === id)
            if (chosen) onConnection(chosen)
          }}
        />
      ) : (
        <p className="soft">{words.noConnections}</p>
      )}
      <div>
        <Button icon="plus" kind={usable.length === 0 ? 'primary' : 'plain'} onClick={onMake}>
          {words.newConnection}
        </Button>
      </div>
      {others.length > 0 && (
        <section className="form-group step-group" aria-label={words.or}>
          <h3>{words.or}</h3>
          <div className="ways">
            {others.map((each) => {
              const { label, detail } = (words.others as Readonly<Record<string, { label: string; detail: string }>>)[each] ?? {
                label: humanize(each),
                detail: '',
              }
              return (
                <Button key={each} onClick={() => onKind(each)} title={detail}>
                  {label}
                </Button>
              )
            })}
          </div>
        </section>
      )}
      <section className="form-group step-group" aria-label={words.existing[collection]}>
        <DocumentSelect
          label={words.existing[collection]}
          collection={collection}
          value={undefined}
          none={allWords.fields.choose}
          hidesEmpty
          onChange={(id) => typeof id === 'string' && onExisting(id)}
        />
      </section>
    </div>
  )
}
