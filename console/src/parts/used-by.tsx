/** Says before a document is deleted what will not work without it. */
import type { Collection } from '../../../src/contract/resources/index.ts'
import { resourceWords } from '../words/resources.ts'
import { DependentList, useDependents } from './dependents.tsx'

export function UsedBy({ collection, id }: { readonly collection: Collection; readonly id: string }) {
  const { count, isSuccess } = useDependents(collection, id)
  if (isSuccess && count === 0) return <p className="soft">{resourceWords.usedByNobody}</p>
  return (
    <>
      {count > 0 && <p className="refusal">{resourceWords[collection === 'integrations' ? 'refersTo' : 'usedBy'](count)}</p>}
      <DependentList collection={collection} id={id} />
    </>
  )
}
