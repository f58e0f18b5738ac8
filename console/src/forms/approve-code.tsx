/** Shows code of an app that changed while the app is being installed, and asks whether to go on with it. */
import { useLater } from '../api/queries.ts'
import { appWords } from '../words/apps.ts'
import { Button } from '../parts/button.tsx'
import { CodePreview } from '../parts/code-preview.tsx'
import { Loading, Refusal } from '../parts/states.tsx'

interface ApproveCodeProps {
  readonly connectorId: string
  readonly isBusy: boolean
  readonly onApprove: (sha256: string) => Promise<void>
}

const words = appWords.setup

export function ApproveCodeForm({ connectorId, isBusy, onApprove }: ApproveCodeProps) {
  const preview = useLater('previewInstallConnector', { params: { _id: connectorId } })
  return (
    <div className="step-form">
      <h4>{words.changed}</h4>
      <p className="soft">{words.changedWhy}</p>
      <Refusal error={preview.error} />
      {preview.isPending && <Loading lines={3} />}
      {preview.data && (
        <>
          <CodePreview connectorId={connectorId} preview={preview.data} />
          <div className="editor-foot">
            <Button kind="primary" busy={isBusy} onClick={() => void onApprove(preview.data.sha256)}>
              {words.agree}
            </Button>
          </div>
        </>
      )}
    </div>
  )
}
