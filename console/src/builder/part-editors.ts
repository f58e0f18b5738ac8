/** The editors of parts of steps, each loaded when it is first opened. */
import { lazy, type ComponentType } from 'react'
import type { PartEditorProps, PartName } from './part-editor.ts'

const parts = () => import('../editors/step-parts.tsx')
const part = (name: keyof Awaited<ReturnType<typeof parts>>) => lazy(async () => ({ default: (await parts())[name] }))

export const partEditors: Readonly<Record<PartName, ComponentType<PartEditorProps>>> = {
  mappings: part('MappingsPart'),
  mapping: part('MappingV1Part'),
  filter: part('FilterPart'),
  inputFilter: part('FilterPart'),
  branchFilter: part('BranchFilterPart'),
  branchScript: part('BranchScriptPart'),
  transform: part('TransformPart'),
  responseTransform: part('TransformPart'),
  hooks: part('HooksPart'),
  responseMapping: part('ResponseMappingPart'),
  template: part('TemplatesPart'),
  postResponseMap: part('PostResponseMapPart'),
}
