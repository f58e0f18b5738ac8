/** Words of what is copied elsewhere. */

export const copyWords = {
  copy: 'Copy',
  copied: 'Copied.',
  refused: 'The browser does not let the page copy: select the text and copy it yourself.',
} as const
