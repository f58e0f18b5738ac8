/** An MCP server as programs see it: its address, how a client is set up for it, and what it offers. */
import { useData, useLater } from '../../api/queries.ts'
import { dataWords } from '../../words/data.ts'
import { paths } from '../../paths.ts'
import { LinkButton } from '../../parts/button.tsx'
import { CopyText } from '../../parts/copy-text.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { Empty } from '../../parts/states.tsx'
import { Badge } from '../../parts/status.tsx'
import { Table } from '../../parts/table.tsx'
import './resource-parts.css'

const words = dataWords.mcp
/** Documents that are looked through for names. */
const mostNamed = 1000

interface Offered {
  readonly name: string
  readonly kind: string
  readonly serves: string
  readonly isOff: boolean
}

export function McpAddress({ id }: { readonly id: string }) {
  const { name, relativeURI, disabled, tools = [], apis = [] } = useData('getMCPServer', { params: { _id: id } })
  const query = { limit: mostNamed }
  const known = new Map(
    [...(useLater('listTools', { query }).data ?? []), ...(useLater('listApis', { query }).data ?? [])].map((each) => [
      each._id,
      each.name,
    ]),
  )
  const address = `${window.location.origin}/v1/mcp${relativeURI}`
  const offered: readonly Offered[] = [
    ...tools.map((each) => ({
      name: each.name,
      kind: words.tool,
      serves: known.get(each._toolId) ?? each._toolId,
      isOff: each.disabled === true,
    })),
    ...apis.map((each) => ({
      name: each.name,
      kind: words.api,
      serves: known.get(each._apiId) ?? each._apiId,
      isOff: each.disabled === true,
    })),
  ]
  const config = { mcpServers: { [name]: { type: 'http', url: address, headers: { Authorization: 'Bearer YOUR_TOKEN' } } } }
  return (
    <div className="narrow">
      <section className="section">
        <p className="soft lead">{words.hint}</p>
        {disabled && <p className="refusal">{words.disabled}</p>}
        <p className="address">
          <CopyText text={address} />
        </p>
      </section>
      <section className="section">
        <h2>{words.client}</h2>
        <p className="soft lead">{words.clientHint}</p>
        <JsonView label={words.client} value={config} />
        <p className="lead" />
        <LinkButton to={paths.accessTokens()}>{words.tokens}</LinkButton>
      </section>
      <section className="section">
        <h2>{words.tools}</h2>
        {offered.length === 0 ? (
          <Empty icon="box" title={words.none}>
            {words.noneWhy}
          </Empty>
        ) : (
          <Table
            label={words.tools}
            rows={offered}
            keyOf={(each) => each.name}
            columns={[
              {
                id: 'name',
                heading: words.name,
                cell: (each) => (
                  <span className="with-marks">
                    <code>{each.name}</code>
                    {each.isOff && <Badge>{words.off}</Badge>}
                  </span>
                ),
              },
              { id: 'serves', heading: words.serves, cell: (each) => each.serves },
              { id: 'kind', heading: words.kind, width: '100px', cell: (each) => each.kind },
            ]}
          />
        )}
      </section>
    </div>
  )
}
