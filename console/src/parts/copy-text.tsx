/** A text that is copied elsewhere, such as an address. */
import { words } from '../words.ts'
import { Button } from './button.tsx'
import { notify } from './notices.tsx'

export function CopyText({ text }: { readonly text: string }) {
  return (
    <>
      <code className="break">{text}</code>
      <Button onClick={() => void navigator.clipboard.writeText(text).then(() => notify(words.actions.copied))}>
        {words.actions.copy}
      </Button>
    </>
  )
}
