/** In place of the tiles of an account that has none: three ways to begin. */
import { useMay } from '../api/session.ts'
import { words } from '../words.ts'
import { beginningWords } from '../words/beginnings.ts'
import type { Beginning } from '../forms/begin-integration.tsx'
import { Button } from '../parts/button.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Empty } from '../parts/states.tsx'

const ways: readonly { readonly beginning: Beginning; readonly icon: IconName; readonly words: keyof typeof beginningWords.first.ways }[] =
  [
    { beginning: 'create', icon: 'box', words: 'build' },
    { beginning: 'sample', icon: 'play', words: 'sample' },
    { beginning: 'files', icon: 'code', words: 'files' },
  ]

export function FirstSteps({ onBegin }: { readonly onBegin: (beginning: Beginning) => void }) {
  const may = useMay()
  if (!may('createIntegration'))
    return (
      <Empty icon="tiles" title={words.home.empty}>
        {beginningWords.first.notYours}
      </Empty>
    )
  return (
    <section className="first" aria-labelledby="first-steps">
      <h2 id="first-steps">{beginningWords.first.title}</h2>
      <p className="soft">{beginningWords.first.what}</p>
      <ul className="first-ways">
        {ways.map(({ beginning, icon, words: way }) => {
          const { title, what, act } = beginningWords.first.ways[way]
          return (
            <li key={beginning} className="card">
              <Icon name={icon} size={24} />
              <h3>{title}</h3>
              <p className="soft">{what}</p>
              <Button kind={way === 'build' ? 'primary' : 'plain'} onClick={() => onBegin(beginning)}>
                {act}
              </Button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
