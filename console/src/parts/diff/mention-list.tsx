/** Texts that name documents of the other side by their ids: which get the id of what takes its place, and which stay as they are. */
import type { CallResult } from '../../api/client.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { Badge } from '../status.tsx'
import { nameOfType } from './resource-type.ts'
import './diff.css'

type Mention = NonNullable<CallResult<'getIntegrationRevision'>['mentions']>[number]

const words = lifecycleWords.mentions

export function MentionList({ mentions }: { readonly mentions: readonly Mention[] }) {
  if (mentions.length === 0) return null
  const numKept = mentions.filter(({ remapped }) => !remapped).length
  return (
    <details className="diff-type">
      <summary>
        {words.title} <span className="soft">{words.summary(mentions.length, numKept)}</span>
      </summary>
      <p className="soft plain-list">{words.hint}</p>
      <ul className="plain-list">
        {mentions.map(({ type, _id, name, path, mentioned, remapped }) => (
          <li key={`${_id} ${path} ${mentioned._id}`}>
            {!remapped && <Badge tone="error">{words.stays}</Badge>} {nameOfType(type)} {name}: <code>{path}</code>{' '}
            <span className="soft">{words.names(nameOfType(mentioned.type), mentioned.name)}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
