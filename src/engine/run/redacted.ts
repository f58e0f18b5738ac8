/** A failure as it may be kept and answered: whatever it quotes, no secret of the connections at work is in it, and no token of a script. */
import type { Redact } from '../../domain/redaction/masker.ts'
import { withoutTokens } from '../../domain/token-mask.ts'
import type { Failure } from '../adaptor.ts'

/** Characters of an error message that are kept: enough for any sentence, not for a page of HTML. */
const maxMessage = 4000

export const redacted = <F extends Pick<Failure, 'code' | 'message'>>(failure: F, redact: Redact): F => ({
  ...failure,
  code: redact(withoutTokens(failure.code)),
  message: redact(withoutTokens(failure.message), maxMessage),
})
