/** A token in a header, the query or the body. */
import { StepFailure } from '../../adaptor.ts'
import type { Additions, Auth, SignInKind } from './sign-in.ts'

export const signInWithToken: SignInKind = ({ auth }) => ({ additions: tokenAdditions(auth.token ?? {}) })

/** An OAuth connection that already holds its access token needs nothing more than a token connection. */
export const signInWithAccessToken: SignInKind = ({ auth }) => {
  if (!auth.token?.token)
    throw new StepFailure({
      source: 'connection',
      code: 'auth_type_unsupported',
      message: 'Connections with oauth authorization are supported where they hold an access token, and this one holds none.',
    })
  return { additions: tokenAdditions(auth.token) }
}

function tokenAdditions(token: NonNullable<Auth['token']>): Additions {
  const template = token.token ?? ''
  if (token.location === 'url') return { query: { name: token.paramName ?? 'access_token', template } }
  // Without a name for it, the token gets into the body by the template that asks for it.
  if (token.location === 'body') return token.paramName === undefined ? {} : { body: { name: token.paramName, template } }
  const scheme = (token.scheme ?? 'Bearer').trim()
  const name = (token.headerName ?? 'Authorization').toLowerCase()
  return { header: { name, template, ...(scheme !== '' && scheme !== 'Custom' && { ahead: `${scheme} ` }) } }
}
