/** The text of a script in its editor, with its functions tried on records that are typed in, or on those of a step that uses it. */
import { useState } from 'react'
import { call, callWithVersion } from '../../api/client.ts'
import { queryClient, refresh, useLater } from '../../api/queries.ts'
import { useMayWith } from '../../parts/document-rights.ts'
import { ifMatch, useVersioned } from '../../api/versioned.ts'
import { toInputText, type Json, type Sample } from '../../editors/editor.ts'
import { useEditorContext } from '../../editors/sample/use-editor-context.ts'
import { useSample } from '../../editors/sample/use-sample.ts'
import { ScriptEditor } from '../../editors/script/script-editor.tsx'
import { DocumentEditor } from '../../parts/document-editor.tsx'
import { useDependents } from '../../parts/dependents.tsx'
import { resourceWords } from '../../words/resources.ts'

export function ScriptText({ id }: { readonly id: string }) {
  const input = { params: { _id: id } }
  const loaded = useVersioned('getScript', input)
  const may = useMayWith('scripts', id)
  const { types } = useDependents('scripts', id)
  const [collection, [user]] = (types.find(([type]) => type === 'exports' || type === 'imports') ?? [undefined, []]) as [
    'exports' | 'imports' | undefined,
    readonly { readonly id: string }[],
  ]
  return (
    <DocumentEditor
      label={resourceWords.document('script')}
      loaded={loaded}
      readOnly={!may('updateScript')}
      form={{
        fields: () => new Set(['content']),
        draw: ({ values, isReadOnly, onChange }) => {
          const props = {
            name: toInputText(values['name']),
            value: toInputText(values['content']),
            isReadOnly,
            onChange: (content: string | undefined) => onChange({ ...values, content: content ?? '' }),
          }
          return collection && user ? <OfStep {...props} collection={collection} id={user.id} /> : <Alone {...props} />
        },
      }}
      save={(body, version) => call('updateScript', { ...input, body: body as never, ...ifMatch(version) })}
      reload={async () => {
        await refresh(queryClient, ['getScript', 'listScripts'])
        return callWithVersion('getScript', input)
      }}
    />
  )
}

interface TextProps {
  readonly name: string
  readonly value: string
  readonly isReadOnly: boolean
  readonly onChange: (content: string | undefined) => void
}

function OfStep({ collection, id, ...props }: TextProps & { readonly collection: 'exports' | 'imports'; readonly id: string }) {
  const { data } = useLater((collection === 'exports' ? 'getExport' : 'getImport') as 'getExport', { params: { _id: id } })
  return data ? <WithSample {...props} collection={collection} document={data as Json} /> : <Alone {...props} />
}

function WithSample({
  collection,
  document,
  ...props
}: TextProps & { readonly collection: 'exports' | 'imports'; readonly document: Json }) {
  const context = useEditorContext(collection, document)
  const sample = useSample(context, 'transformed')
  return <ScriptEditor {...props} sample={sample} context={context} />
}

const alone = { kind: 'export', document: {}, settings: {} } as const

function Alone(props: TextProps) {
  const [records, set] = useState<readonly unknown[]>([{ id: 1 }])
  const sample: Sample = { records, isBusy: false, error: undefined, isOnlyTyped: true, fetch: () => {}, set }
  return <ScriptEditor {...props} sample={sample} context={alone} />
}
