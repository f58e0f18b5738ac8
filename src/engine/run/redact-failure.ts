/** Redacts a failure before it is stored or answered: no secret of the connections at work, and no token of a script. */
import type { Redact } from '../../domain/redaction/masker.ts'
import { maskTokens } from '../../domain/mask-tokens.ts'
import type { Failure } from '../adaptor.ts'

/** Characters of an error message that are kept: enough for any sentence, not for a page of HTML. */
const maxMessage = 4000

export const redactFailure = <F extends Pick<Failure, 'code' | 'message'>>(failure: F, redact: Redact): F => ({
  ...failure,
  code: redact(maskTokens(failure.code)),
  message: redact(maskTokens(failure.message), maxMessage),
})
