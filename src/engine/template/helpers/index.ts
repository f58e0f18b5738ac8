/** Every helper that templates may call. Adding one is its value in a list, or a list here. */
import { blockHelpers } from './block.ts'
import { dateHelpers } from './date.ts'
import { encodingHelpers } from './encoding.ts'
import { signatureHelpers } from './signature.ts'
import type { TemplateHelper } from './template-helper.ts'
import { listHelpers } from './list.ts'
import { numberHelpers } from './number.ts'
import { regexHelpers } from './regex.ts'
import { stringHelpers } from './string.ts'

export const templateHelpers: readonly TemplateHelper[] = [
  ...blockHelpers,
  ...dateHelpers,
  ...encodingHelpers,
  ...listHelpers,
  ...numberHelpers,
  ...regexHelpers,
  ...signatureHelpers,
  ...stringHelpers,
]
