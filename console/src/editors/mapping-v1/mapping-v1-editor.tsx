/** The mapping of an import in its older form (Mapper 1.0), live. */
import type { EditorProps } from '../editor.ts'
import { evaluateImport } from '../mapping/evaluate.ts'
import { MappingTree } from '../mapping/mapping-tree.tsx'
import type { MappingValue } from '../mapping/mapping-shape.ts'
import { editorWords } from '../../words/editors.ts'
import { mappingV1Shape } from './shape.ts'

export function MappingV1Editor({ value = {}, onChange, sample, context, isReadOnly = false }: EditorProps<MappingValue>) {
  return (
    <MappingTree
      shape={mappingV1Shape}
      label={editorWords.mapping.titleOld}
      value={value}
      onChange={onChange}
      sample={sample}
      context={context}
      isReadOnly={isReadOnly}
      evaluate={(mapping, records) => evaluateImport(context, mapping, records)}
    />
  )
}
