/** The mapping of an import (Mapper 2.0), live. */
import type { EditorProps } from '../editor.ts'
import { evaluateImport } from './evaluate.ts'
import { MappingTree } from './mapping-tree.tsx'
import type { MappingValue } from './mapping-shape.ts'
import { mappingShape } from './shape.ts'
import { editorWords } from '../../words/editors.ts'

export function MappingEditor({ value = {}, onChange, sample, context, isReadOnly = false }: EditorProps<MappingValue>) {
  return (
    <MappingTree
      shape={mappingShape}
      label={editorWords.mapping.title}
      value={value}
      onChange={onChange}
      sample={sample}
      context={context}
      isReadOnly={isReadOnly}
      evaluate={(mapping, records) => evaluateImport(context, mapping, records)}
    />
  )
}
