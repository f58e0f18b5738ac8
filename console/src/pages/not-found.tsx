/** An address that leads nowhere. */
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { LinkButton } from '../parts/button.tsx'
import { Empty } from '../parts/states.tsx'

export function NotFoundPage() {
  return (
    <main className="alone">
      <Empty icon="search" title={words.states.noPage} action={<LinkButton to={paths.home()}>{words.home.title}</LinkButton>}>
        {words.states.noPageWhy}
      </Empty>
    </main>
  )
}
