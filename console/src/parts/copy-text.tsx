/** A text that is copied elsewhere, such as an address or a token. */
import { copyWords } from '../words/copy.ts'
import { Button } from './button.tsx'
import { notify } from './notices.tsx'

export function CopyText({ text }: { readonly text: string }) {
  return (
    <>
      <code className="break">{text}</code>
      <CopyButton text={text} />
    </>
  )
}

export const CopyButton = ({ text }: { readonly text: string }) => (
  <Button
    onClick={({ currentTarget }) =>
      void copy(text, currentTarget).then(
        () => notify(copyWords.copied),
        () => notify(copyWords.refused, true),
      )
    }
  >
    {copyWords.copy}
  </Button>
)

/** Browsers have a clipboard on HTTPS and on the machine itself alone: elsewhere what is selected is copied. */
async function copy(text: string, button: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    copySelected(text, button)
  }
}

/** Beside the button: all outside an open dialog can be neither selected nor focused. */
function copySelected(text: string, button: HTMLElement): void {
  const place = document.createElement('textarea')
  place.value = text
  place.className = 'hidden'
  button.after(place)
  place.select()
  // oxlint-disable-next-line typescript/no-deprecated -- nothing else copies on a page that was not sent over HTTPS
  const isCopied = document.execCommand('copy')
  place.remove()
  button.focus()
  if (!isCopied) throw new Error(copyWords.refused)
}
