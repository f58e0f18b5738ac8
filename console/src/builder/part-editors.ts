/** The editors of parts of steps, each loaded when it is first opened. What has none here is edited as JSON. */
import type { ComponentType } from 'react'
import type { PartEditorProps, PartName } from './part-editor.ts'

export const partEditors: Readonly<Partial<Record<PartName, ComponentType<PartEditorProps>>>> = {}
