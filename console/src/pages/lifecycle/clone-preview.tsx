/** What a clone would be made of: documents by their types, the code that would run, and texts that go on naming the originals. */
import { useState } from 'react'
import type { CallResult } from '../../api/client.ts'
import { collections, isCollection } from '../../collections.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { Button } from '../../parts/button.tsx'
import { MentionList } from '../../parts/diff/mention-list.tsx'
import { collectionOfType } from '../../parts/diff/resource-type.ts'
import '../../parts/diff/diff.css'

type Preview = CallResult<'previewCloneIntegration'>
type Named = Readonly<Record<string, unknown>>

const words = lifecycleWords.clone
/** Documents of one type that are listed before somebody asks for more. */
const shownFirst = 200

const titleOf = (model: string): string => {
  const collection = collectionOfType(model)
  return collection && isCollection(collection) ? collections[collection].title : model
}

export function ClonePreview({ preview: { objects, functions, mentions } }: { readonly preview: Preview }) {
  const byModel = [...Map.groupBy(objects, ({ model }) => model)]
  return (
    <div className="wizard-body">
      <p className="soft">{words.previewHint}</p>
      <div>
        {byModel.map(([model, some]) => (
          <ModelGroup key={model} title={titleOf(model)} documents={some.map(({ doc }) => doc as Named)} />
        ))}
      </div>
      {functions.length > 0 && (
        <details className="diff-type">
          <summary>
            {words.functions} <span className="soft">{words.numFunctions(functions.length)}</span>
          </summary>
          <ul className="plain-list">
            {functions.map(({ path, function: name }) => (
              <li key={path}>
                <code>{name}</code> <span className="soft">{path}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      <MentionList mentions={mentions} />
    </div>
  )
}

function ModelGroup({ title, documents }: { readonly title: string; readonly documents: readonly Named[] }) {
  const [most, setMost] = useState(shownFirst)
  const nameOf = ({ name, _id }: Named): string => String(name ?? _id)
  return (
    <details className="diff-type">
      <summary>
        {title} <span className="soft">{documents.length.toLocaleString()}</span>
      </summary>
      <ul className="plain-list">
        {documents.slice(0, most).map((document) => (
          <li key={String(document['_id'])}>{nameOf(document)}</li>
        ))}
      </ul>
      {most < documents.length && (
        <Button onClick={() => setMost(most + shownFirst)}>{lifecycleWords.diff.moreResources(documents.length - most)}</Button>
      )}
    </details>
  )
}
