/** What uses a document: by type, each with a way to it. */
import { Link } from '@tanstack/react-router'
import type { Collection } from '../../../src/contract/resources/index.ts'
import { useLater } from '../api/queries.ts'
import { collections, isCollection } from '../collections.ts'
import { paths } from '../paths.ts'
import { resourceWords } from '../words/resources.ts'
import { Loading, Refusal } from './states.tsx'

type Dependents = Readonly<Record<string, readonly { readonly id: string; readonly name?: string; readonly accessLevel?: string }[]>>

/** Documents of one type that are named; of more, their number is. */
const mostNamed = 200

/** Waits for nothing: where it is shown, a document can be deleted all the same. */
export function useDependents(collection: Collection, id: string, enabled = true) {
  // All types answer alike; of which type the document is, is known only while the page runs.
  const query = useLater(collections[collection].dependencies as 'listFlowDependencies', { params: { _id: id } }, enabled)
  const types = Object.entries((query.data ?? {}) as Dependents).filter(([, list]) => list.length > 0)
  return { ...query, types, count: types.reduce((sum, [, list]) => sum + list.length, 0) }
}

export function DependentList({ collection, id }: { readonly collection: Collection; readonly id: string }) {
  const { types, isPending, error } = useDependents(collection, id)
  if (isPending) return <Loading lines={2} />
  if (error) return <Refusal error={error} />
  return (
    <>
      {types.map(([type, list]) => (
        <section key={type} className="section">
          <h3>{isCollection(type) ? collections[type].title : type}</h3>
          <ul className="card link-list">
            {list.slice(0, mostNamed).map((each) => (
              <li key={each.id}>
                <Link to={pathOf(type, each.id)}>{each.name ?? each.id}</Link>
              </li>
            ))}
            {list.length > mostNamed && <li className="soft">{resourceWords.more(list.length - mostNamed)}</li>}
          </ul>
        </section>
      ))}
    </>
  )
}

/** The page of a document of any type. */
export const pathOf = (collection: string, id: string): string =>
  collection === 'flows' ? paths.flow(id) : collection === 'integrations' ? paths.integrationFlows(id) : paths.resource(collection, id)
