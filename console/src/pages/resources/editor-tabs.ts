/** The parts of exports, imports and scripts that have editors of their own: each a tab of the document's page, loaded when it is opened. */
import { lazy } from 'react'
import { editorTabWords as words } from '../../words/editor-tabs.ts'

const parts = () => import('./step-editors.tsx')
const tab = <Operation extends 'getExport' | 'getImport' | 'getScript'>(
  value: keyof typeof words,
  operation: Operation,
  name: Exclude<keyof Awaited<ReturnType<typeof parts>>, never>,
) => ({ value, label: words[value], operation, Content: lazy(async () => ({ default: (await parts())[name] })) })

export const editorTabs = {
  exports: [
    tab('transform', 'getExport', 'TransformTab'),
    tab('filter', 'getExport', 'ExportFilterTab'),
    tab('hooks', 'getExport', 'ExportHooksTab'),
    tab('templates', 'getExport', 'ExportTemplatesTab'),
  ],
  imports: [
    tab('mapping', 'getImport', 'MappingTab'),
    tab('filter', 'getImport', 'ImportFilterTab'),
    tab('hooks', 'getImport', 'ImportHooksTab'),
    tab('templates', 'getImport', 'ImportTemplatesTab'),
    tab('responseTransform', 'getImport', 'ResponseTransformTab'),
  ],
  scripts: [
    {
      value: 'editor',
      label: words.editor,
      operation: 'getScript' as const,
      Content: lazy(async () => ({ default: (await import('./script-text.tsx')).ScriptText })),
    },
  ],
}
