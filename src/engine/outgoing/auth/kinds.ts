/** The kinds of sign-in, by `http.auth.type`. */
import { StepFailure } from '../../adaptor.ts'
import { signInByDigest } from './digest.ts'
import { signInByOAuth1 } from './oauth1.ts'
import { signInByTemplates, signInWithPassword } from './password.ts'
import { signInByWsse } from './wsse.ts'
import { signInByCookie } from './cookie.ts'
import { signInByJwt } from './json-web-token.ts'
import { signInByOAuth } from './oauth.ts'
import { signInWithToken } from './token.ts'
import type { Auth, SignInKind } from './sign-in.ts'

const kinds: Readonly<Partial<Record<NonNullable<Auth['type']>, SignInKind>>> = {
  custom: signInByTemplates,
  basic: signInWithPassword,
  token: signInWithToken,
  digest: signInByDigest,
  wsse: signInByWsse,
  oauth1: signInByOAuth1,
  oauth: signInByOAuth,
  cookie: signInByCookie,
  jwt: signInByJwt,
  jwtbearer: signInByJwt,
}

export function findKind(type: Auth['type'] = 'custom'): SignInKind {
  const kind = kinds[type]
  if (kind) return kind
  throw new StepFailure({
    source: 'connection',
    code: 'auth_type_unsupported',
    message: `Connections with ${type} authorization are not supported yet; ${Object.keys(kinds).join(', ')} are.`,
  })
}
