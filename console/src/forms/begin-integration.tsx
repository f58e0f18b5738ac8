/** The forms by which an integration or a flow begins: each is loaded when it is opened. */
import { lazy } from 'react'

const forms = {
  create: lazy(async () => ({ default: (await import('./create-integration.tsx')).CreateIntegrationForm })),
  flow: lazy(async () => ({ default: (await import('./create-flow.tsx')).CreateFlowForm })),
  files: lazy(async () => ({ default: (await import('./restore-files.tsx')).RestoreFilesForm })),
  sample: lazy(async () => ({ default: (await import('./install-sample.tsx')).InstallSampleForm })),
} as const

export type Beginning = keyof typeof forms

export function BeginIntegration({ beginning, onClose }: { readonly beginning: Beginning; readonly onClose: () => void }) {
  const Form = forms[beginning]
  return <Form onClose={onClose} />
}
