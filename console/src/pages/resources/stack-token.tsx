/** The token that calls to the server of a stack carry: shown on request, and replaced. */
import { useState } from 'react'
import { useAct, useLater } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { dataWords } from '../../words/data.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy-text.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { notify } from '../../parts/notices.tsx'
import { Refusal } from '../../parts/states.tsx'

const words = dataWords.stack

export function StackToken({ id }: { readonly id: string }) {
  const [isShown, setShown] = useState(false)
  const [isReplacing, setReplacing] = useState(false)
  const params = { _id: id }
  const { type } = useLater('getStack', { params }).data ?? {}
  const token = useLater('getSystemToken', { params }, isShown)
  const rotate = useAct('rotateSystemToken', 'getSystemToken', 'getStack')
  const may = useMay()
  if (type === 'lambda') return <p className="soft">{words.noToken}</p>
  const { systemToken = '' } = token.data ?? {}
  const confirm = () =>
    rotate.mutate(
      { params },
      {
        onSuccess: () => {
          notify(words.rotated)
          setReplacing(false)
        },
      },
    )
  return (
    <section className="section narrow document-editor">
      <p className="soft">{words.hint}</p>
      <Refusal error={token.error} />
      {isShown && systemToken && (
        <pre className="json" tabIndex={0} role="region" aria-label={words.label}>
          {systemToken}
        </pre>
      )}
      <div className="editor-foot">
        {!isShown && <Button onClick={() => setShown(true)}>{words.show}</Button>}
        {isShown && systemToken && <CopyButton text={systemToken} />}
        {may('rotateSystemToken') && <Button onClick={() => setReplacing(true)}>{words.rotate}</Button>}
      </div>
      {isReplacing && (
        <Confirm
          title={words.rotateAsk}
          action={words.rotate}
          kind="danger"
          busy={rotate.isPending}
          error={rotate.error}
          onConfirm={confirm}
          onClose={() => setReplacing(false)}
        >
          <p>{words.rotateHint}</p>
        </Confirm>
      )}
    </section>
  )
}
