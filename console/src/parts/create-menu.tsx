/** The ways to begin an integration or a flow, from a button. */
import { useNavigate } from '@tanstack/react-router'
import { useMay } from '../api/session.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import type { Beginning } from '../forms/begin-integration.tsx'
import { Icon } from './icon.tsx'
import { Menu } from './menu.tsx'

export function CreateMenu({ onBegin }: { readonly onBegin: (beginning: Beginning) => void }) {
  const may = useMay()
  const navigate = useNavigate()
  if (!may('createIntegration')) return null
  return (
    <Menu
      className="button primary"
      trigger={
        <>
          <Icon name="plus" />
          {words.begin.title}
        </>
      }
      items={[
        { label: words.begin.create, detail: words.begin.createHint, icon: 'box', onSelect: () => onBegin('create') },
        { label: words.begin.flow, detail: words.begin.flowHint, icon: 'branch', onSelect: () => onBegin('flow') },
        {
          label: words.begin.template,
          detail: words.begin.templateHint,
          icon: 'tiles',
          onSelect: () => void navigate({ to: paths.templates() }),
        },
        {
          label: words.begin.app,
          detail: words.begin.appHint,
          icon: 'plug',
          onSelect: () => void navigate({ to: paths.installApp() }),
        },
        { label: words.begin.files, detail: words.begin.filesHint, icon: 'code', onSelect: () => onBegin('files') },
        { label: words.begin.sample, detail: words.begin.sampleHint, icon: 'play', onSelect: () => onBegin('sample') },
      ]}
    />
  )
}
