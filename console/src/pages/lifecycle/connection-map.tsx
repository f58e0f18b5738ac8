/** Which connection takes the place of each that the original uses. In another environment those of the same name and type are chosen already. */
import type { CallResult } from '../../api/client.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { Empty } from '../../parts/states.tsx'
import { Badge } from '../../parts/status.tsx'

const words = lifecycleWords.clone

interface OfConnection {
  readonly _id: string
  readonly name: string
  readonly type: string
}

export const readConnections = ({ objects }: CallResult<'previewCloneIntegration'>): readonly OfConnection[] =>
  objects.flatMap(({ model, doc }) => {
    const { _id, name, type } = doc as Readonly<Record<string, unknown>>
    return model === 'Connection' ? [{ _id: String(_id), name: String(name ?? _id), type: String(type) }] : []
  })

/** By name and type, where only one has these. */
export function suggestConnections(connections: readonly OfConnection[], offered: readonly OfConnection[]): Record<string, string> {
  return Object.fromEntries(
    connections.flatMap(({ _id, name, type }) => {
      const [one, ...more] = offered.filter((each) => each.name === name && each.type === type)
      return one && more.length === 0 ? [[_id, one._id]] : []
    }),
  )
}

interface ConnectionMapProps {
  readonly connections: readonly OfConnection[]
  readonly offered: readonly OfConnection[]
  readonly isElsewhere: boolean
  /** From the connection of the original to what takes its place; empty for what is done by default. */
  readonly map: Readonly<Record<string, string>>
  readonly onChoose: (from: string, to: string) => void
}

export function ConnectionMap({ connections, offered, isElsewhere, map, onChoose }: ConnectionMapProps) {
  if (connections.length === 0)
    return (
      <Empty icon="plug" title={words.noConnections}>
        {words.noConnectionsWhy}
      </Empty>
    )
  return (
    <div className="wizard-body">
      <p className="soft">{isElsewhere ? words.mapElsewhere : words.mapHere}</p>
      <div className="map-rows">
        {connections.map(({ _id, name, type }) => (
          <div key={_id} className="map-row">
            <span className="with-marks">
              <span>{name}</span>
              <Badge>{type}</Badge>
            </span>
            <select
              className="input"
              aria-label={words.placeOf(name)}
              value={map[_id] ?? ''}
              onChange={(event) => onChoose(_id, event.target.value)}
            >
              <option value="">{isElsewhere ? words.makeAnew : words.share}</option>
              {offered
                .filter((each) => each.type === type && each._id !== _id)
                .map((each) => (
                  <option key={each._id} value={each._id}>
                    {each.name}
                  </option>
                ))}
            </select>
          </div>
        ))}
      </div>
    </div>
  )
}
