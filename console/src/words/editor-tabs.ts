/** Words of the tabs that lead to the editors: they load with the page, and the editors after it. */
export const editorTabWords = {
  mapping: 'Mapping',
  filter: 'Filter',
  transform: 'Transform',
  responseTransform: 'Response transform',
  templates: 'Templates',
  hooks: 'Hooks',
  editor: 'Editor',
} as const
