/** How one-time tokens begin, and how they are kept out of what scripts leave behind. Needs nothing else: errors of scripts are made where nothing else is. */

export const prefix = 'sluice-once.'

const shown = /sluice-once\.[\w.-]*/g
/** A text that scripts had a hand in, as it may be kept and answered. */
export const withoutTokens = (text: string): string => (text.includes(prefix) ? text.replaceAll(shown, '******') : text)
