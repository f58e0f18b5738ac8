/** Grants that oidc-provider leaves to its users: a user name and a password (RFC 6749, 4.3), and a signed token (RFC 7523). */
import { createSecretKey } from 'node:crypto'
import { jwtVerify } from 'jose'
import type Provider from 'oidc-provider'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'

export const user = { name: 'ada', password: 'the-password-of-the-user' } as const
/** HMAC with SHA-256. */
export const assertionSecret = 'the-secret-that-signs-the-assertions-of-the-client'
export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

export function registerGrants(provider: Provider): void {
  provider.registerGrantType(
    'password',
    async (ctx) => {
      const { username, password } = ctx.oidc.params ?? {}
      if (username !== user.name || password !== user.password) throw new errors.InvalidGrant('wrong user name or password')
      await giveTokens(provider, ctx, true)
    },
    ['username', 'password', 'scope'],
  )
  const used = new Set<unknown>()
  provider.registerGrantType(
    jwtBearer,
    async (ctx) => {
      const assertion = String(ctx.oidc.params?.['assertion'])
      const checks = { issuer: user.name, audience: provider.issuer, algorithms: ['HS256'], requiredClaims: ['exp'] }
      await jwtVerify(assertion, createSecretKey(Buffer.from(assertionSecret)), checks).catch((error: Error) => {
        throw new errors.InvalidGrant(error.message)
      })
      if (used.has(assertion)) throw new errors.InvalidGrant('this assertion was used before')
      used.add(assertion)
      await giveTokens(provider, ctx, false)
    },
    ['assertion', 'scope'],
  )
}

async function giveTokens(provider: Provider, ctx: KoaContextWithOIDC, isRenewable: boolean): Promise<void> {
  const client = ctx.oidc.client as NonNullable<typeof ctx.oidc.client>
  const grant = new provider.Grant({ accountId: user.name, clientId: client.clientId })
  grant.addOIDCScope('openid')
  const grantId = await grant.save()
  const of = { accountId: user.name, client, grantId, scope: 'openid', gty: String(ctx.oidc.params?.['grant_type']) }
  const access = new provider.AccessToken(of as ConstructorParameters<typeof provider.AccessToken>[0])
  const refresh = new provider.RefreshToken(of as ConstructorParameters<typeof provider.RefreshToken>[0])
  ctx.body = {
    access_token: await access.save(),
    token_type: 'Bearer',
    expires_in: access.expiration,
    ...(isRenewable && { refresh_token: await refresh.save() }),
  }
}
