/** Where an application sends what a webhook takes: to be copied once the webhook is stored. */
import { readPath } from '../parts/document-path.ts'
import { CopyText } from '../parts/copy-text.tsx'
import { builderWords } from '../words/builder.ts'
import { isNewId, masked, textOf, type KnownStep, type Values } from './workspace.ts'

const words = builderWords.webhook

interface WebhookAddressProps {
  readonly id: string
  readonly values: Values
  readonly known: KnownStep | undefined
}

export function WebhookAddress({ id, values, known }: WebhookAddressProps) {
  const isSecret = readPath(values, 'webhook.verify') === 'secret_url'
  const { token, isStored } = findToken(values, known?.typed)
  return (
    <section className="form-group step-group" aria-label={words.address}>
      <h3>{words.address}</h3>
      {isNewId(id) || (isSecret && !isStored) ? (
        <p className="soft">{words.later}</p>
      ) : isSecret && token === undefined ? (
        <>
          <code className="break webhook-address">{addressOf(id, '…/')}</code>
          <p className="hint">{words.hidden}</p>
        </>
      ) : (
        <>
          <div className="inline webhook-address">
            <CopyText text={addressOf(id, isSecret && token !== undefined ? `${encodeURIComponent(token)}/` : '')} />
          </div>
          <p className="hint">{isSecret ? words.onlyNow : words.proof}</p>
        </>
      )}
    </section>
  )
}

const addressOf = (id: string, secret: string): string => `${window.location.origin}/v1/exports/${id}/${secret}data`

/** As it was typed here when the webhook was stored; without a token where nobody on this page knows it. `isStored` is false while another one stands in the form. */
function findToken(values: Values, typed: Values | undefined): { readonly token: string | undefined; readonly isStored: boolean } {
  const [now, stored] = [values, typed].map((each) => textOf(readPath(each ?? {}, 'webhook.token')))
  return { token: stored === masked ? undefined : stored || undefined, isStored: now === masked || now === stored }
}
