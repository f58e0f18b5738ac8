/** Where a template is chosen to be installed. */
import { useData } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import type { CallResult } from '../../api/client.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { words as common } from '../../words.ts'
import { paths } from '../../paths.ts'
import { LinkButton } from '../../parts/button.tsx'
import { PageHead } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'

type Template = CallResult<'listTemplates'>[number]

const words = lifecycleWords.template
/** Templates of one answer. */
const most = 1000

export function TemplatesPage() {
  const templates = useData('listTemplates', { query: { limit: most } }).filter(({ _integrationId }) => _integrationId !== undefined)
  const may = useMay()
  const columns: readonly Column<Template>[] = [
    { id: 'template', heading: words.template, cell: ({ name }) => <span className="main-link">{name}</span> },
    { id: 'description', heading: words.description, cell: ({ description }) => description ?? <span className="soft">–</span> },
    {
      id: 'install',
      heading: words.install,
      hidesHeading: true,
      width: '120px',
      cell: ({ _id, name }) =>
        may('createIntegration') && (
          <LinkButton to={paths.installTemplate(_id)} label={words.installOf(name)}>
            {words.install}
          </LinkButton>
        ),
    },
  ]
  return (
    <>
      <PageHead title={words.list} crumbs={[{ label: common.home.title, to: paths.home() }]} detail={words.listHint} />
      {templates.length === 0 ? (
        <Empty icon="tiles" title={words.none}>
          {words.noneWhy}
        </Empty>
      ) : (
        <Table label={words.list} columns={columns} rows={templates} keyOf={({ _id }) => _id} />
      )}
    </>
  )
}
