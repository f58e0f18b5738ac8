/** What the server refused, a sentence each, with the field that it is about. */
import { Icon } from './icon.tsx'

export function Problems({ problems }: { readonly problems: readonly { readonly field?: string; readonly message: string }[] }) {
  if (problems.length === 0) return null
  const sentences = [...new Set(problems.map(({ field, message }) => (field ? `${field}: ${message}` : message)))]
  return (
    <div className="refusal" role="alert">
      <Icon name="alert" />
      <ul>
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  )
}
