/** Asks an authorization server for tokens, in the usual way or as the connection and its iClient write it, and reads what it answers. */
import type * as OAuth from 'oauth4webapi'
import { lazyLoad } from '../../../domain/lazy-load.ts'
import { isRefused, type NoSession, type Session } from '../../../domain/ports/sessions/session.ts'
import type { ConnectionDoc } from '../../adaptor.ts'
import { encodeBasic } from '../basic.ts'
import type { HttpAnswer, HttpRequest } from '../message.ts'
import type { Context } from '../request-texts.ts'
import { isValidDomain, readOAuthSetup, type OAuthSetup, type Written } from './oauth-setup.ts'
import { renderValues, withSession } from './session-context.ts'
import { askToSignIn, describeAnswer, endOf, readSignInAnswer, renderRequest, type SaidAt, type SignInMeans } from './sign-in-request.ts'
import { createJwtSigner } from './signed-jwt.ts'

const oauth = lazyLoad<typeof OAuth>('oauth4webapi')

/** For what tokens are asked. */
export interface OAuthClient {
  readonly setup: OAuthSetup
  /** The page where a person agrees, and comes back from with the state; or why there is none. */
  authorizationURL(asked: AuthorizationRequest): Promise<string | NoSession>
  byCode(code: string, verifier: string, redirectURI: string): Promise<Session | NoSession>
  byClientCredentials(): Promise<Session | NoSession>
  byPassword(): Promise<Session | NoSession>
  byRefreshToken(before: Session): Promise<Session | NoSession>
  /** RFC 7523: the signed token is what a token is asked for with. */
  byAssertion(assertion: string): Promise<Session | NoSession>
  /** Why it was not given back; undefined where it was, or where nobody says how. */
  revoke(session: Session): Promise<string | undefined>
}

interface AuthorizationRequest {
  readonly state: string
  readonly redirectURI: string
  readonly verifier: string
}

export const newVerifier = (): string => oauth().generateRandomCodeVerifier()

export interface OAuthInput {
  readonly connection: ConnectionDoc
  readonly context: Context
  /** Where addresses begin that are relative. */
  readonly href: string
  readonly print: string
  readonly means: SignInMeans
}

export const createOAuthClient = (input: OAuthInput): OAuthClient => new Client(input)

class Client implements OAuthClient {
  readonly setup: OAuthSetup
  readonly #input: OAuthInput

  constructor(input: OAuthInput) {
    this.#input = input
    this.setup = readOAuthSetup(input.connection)
  }

  async authorizationURL({ state, redirectURI, verifier }: AuthorizationRequest): Promise<string | NoSession> {
    const { authURI, clientId, scope, pkce, authParameters } = this.setup
    const address = await this.#address(authURI, 'authURI')
    if (typeof address !== 'string') return address
    const url = new URL(address)
    const challenge = pkce === 'plain' ? verifier : pkce && (await oauth().calculatePKCECodeChallenge(verifier))
    const parameters: Record<string, unknown> = {
      response_type: 'code',
      client_id: clientId,
      ...(scope !== '' && { scope }),
      ...(challenge && { code_challenge: challenge, code_challenge_method: pkce }),
      ...((await renderValues(this.#input.means.evaluate, authParameters, this.#context({}))) as object),
      redirect_uri: redirectURI,
      state,
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value))
    return url.href
  }

  byCode(code: string, verifier: string, redirectURI: string): Promise<Session | NoSession> {
    const proof = this.setup.pkce ? { code_verifier: verifier } : {}
    const parameters = { code, redirect_uri: redirectURI, ...proof }
    return this.#ask('authorization_code', parameters, { code, codeVerifier: verifier, redirectUri: redirectURI }, undefined)
  }

  byClientCredentials(): Promise<Session | NoSession> {
    return this.#ask('client_credentials', this.#scope(), {}, undefined)
  }

  byPassword(): Promise<Session | NoSession> {
    const { username = '', password = '' } = this.setup
    return this.#ask('password', { username, password, ...this.#scope() }, {}, undefined)
  }

  byAssertion(assertion: string): Promise<Session | NoSession> {
    return this.#ask('urn:ietf:params:oauth:grant-type:jwt-bearer', { assertion, ...this.#scope() }, { assertion }, undefined)
  }

  byRefreshToken(before: Session): Promise<Session | NoSession> {
    const { refreshToken = '' } = before
    return this.#ask('refresh_token', { refresh_token: refreshToken }, { refreshToken }, before)
  }

  async revoke(session: Session): Promise<string | undefined> {
    const { revokeURI, revokeRequest } = this.setup
    if (revokeURI === undefined) return undefined
    const address = await this.#address(revokeURI, 'revoke.uri')
    if (typeof address !== 'string') return address.refused
    const token = session.refreshToken ?? session.token ?? ''
    const hint = session.refreshToken === undefined ? 'access_token' : 'refresh_token'
    const answer = await this.#send(
      address,
      revokeRequest,
      'revoke',
      { token, token_type_hint: hint },
      { token, refreshToken: session.refreshToken },
      session,
    )
    if (isRefused(answer)) return answer.refused
    return answer.statusCode < 400 ? undefined : describeAnswer(answer, address, undefined, this.#input.means.redact)
  }

  #scope(): Readonly<Record<string, string>> {
    return this.setup.scope === '' ? {} : { scope: this.setup.scope }
  }

  #context(extra: object, before?: Session): Context {
    const { connection, context } = this.#input
    const { clientId, clientSecret, scope } = this.setup
    const { iClient } = connection
    return {
      ...withSession(context, before),
      ...(iClient?.enableIClientReferences && { iClient }),
      oauth2: { clientId, clientSecret, scope, ...extra },
    }
  }

  /** Absolute, and on one of the domains that are allowed. */
  async #address(template: string | undefined, field: string): Promise<string | NoSession> {
    if (!template) return { refused: `Neither the connection nor its iClient says its ${field}.`, isFinal: true }
    const { href, means } = this.#input
    const request = { method: 'GET', uri: template, headers: [], body: undefined, mediaType: 'plaintext' } as const
    const { url } = await renderRequest(request, this.#context({}), means)
    const address = URL.parse(/^https?:\/\//i.test(url) ? url : `${href.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`)
    if (!address) return { refused: `Its ${field} is not an address.`, isFinal: true }
    if (!isValidDomain(address.hostname, this.setup.validDomains))
      return { refused: `Its ${field} leads to ${address.hostname}, which is none of the validDomainNames of its iClient.`, isFinal: true }
    if (field !== 'authURI' && !this.#maySendSecret(template, address.hostname))
      return {
        refused: `Its ${field} leads to ${address.hostname}, which its iClient does not name: the secret of the iClient goes to its own addresses and to its validDomainNames.`,
        isFinal: true,
      }
    return address.href
  }

  /** Whoever makes a connection says where it leads, and need not be who may know the secret of the iClient. */
  #maySendSecret(template: string, host: string): boolean {
    const { ofClient, validDomains } = this.setup
    return !ofClient || ofClient.includes(template) || validDomains.length > 0 || ofClient.some((uri) => URL.parse(uri)?.hostname === host)
  }

  async #ask(
    grantType: string,
    parameters: Readonly<Record<string, string>>,
    extra: object,
    before: Session | undefined,
  ): Promise<Session | NoSession> {
    const { tokenURI, refreshURI, tokenRequest, refreshRequest } = this.setup
    const isRefresh = grantType === 'refresh_token'
    const address = await this.#address((isRefresh ? refreshURI : undefined) ?? tokenURI, 'tokenURI')
    if (typeof address !== 'string') return address
    const written = isRefresh ? refreshRequest : tokenRequest
    const now = Date.now()
    const answer = await this.#send(address, written, grantType, parameters, extra, before)
    if (isRefused(answer)) return answer
    return this.#read(answer, address, grantType, now, before)
  }

  async #send(
    address: string,
    written: Written,
    grantType: string,
    parameters: Readonly<Record<string, string>>,
    extra: object,
    before: Session | undefined,
  ): Promise<HttpAnswer | NoSession> {
    const { means } = this.#input
    const assertion = await this.#clientAssertion()
    const context = this.#context({ ...extra, ...(assertion !== undefined && { clientAssertion: assertion }) }, before)
    const { url: _url, body, headers } = await renderRequest({ ...written, uri: '' }, context, means)
    if (body !== undefined || written.method === 'GET') {
      const url = new URL(address)
      if (written.method === 'GET' && !written.body)
        for (const [name, value] of Object.entries({ grant_type: grantType, ...parameters, ...this.#clientInBody() }))
          url.searchParams.set(name, value)
      const { clientId, clientSecret, inBody } = this.setup
      const basic = !inBody && clientSecret && !('authorization' in headers) ? { authorization: encodeBasic(clientId, clientSecret) } : {}
      return askToSignIn(
        { method: written.method, url: url.href, headers: { ...headers, ...basic }, ...(body !== undefined && { body }) },
        means,
      )
    }
    return this.#sendUsual(address, headers, grantType, parameters, assertion)
  }

  #clientInBody(): Readonly<Record<string, string>> {
    const { clientId, clientSecret, inBody } = this.setup
    return inBody ? { client_id: clientId, client_secret: clientSecret ?? '' } : {}
  }

  async #sendUsual(
    address: string,
    headers: HttpRequest['headers'],
    grantType: string,
    parameters: Readonly<Record<string, string>>,
    assertion: string | undefined,
  ): Promise<HttpAnswer | NoSession> {
    const { clientId, clientSecret, inBody } = this.setup
    const { allowInsecureRequests, customFetch, ClientSecretPost, None, genericTokenEndpointRequest, revocationRequest } = oauth()
    // Nobody tells connections the name of the issuer; it is not asked for one by what is used here.
    const server = { issuer: new URL(address).origin, token_endpoint: address, revocation_endpoint: address }
    const authentication: OAuth.ClientAuth =
      assertion !== undefined
        ? (_server, _client, body) => {
            body.set('client_id', clientId)
            body.set('client_assertion', assertion)
            body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
          }
        : !clientSecret
          ? None()
          : inBody
            ? ClientSecretPost(clientSecret)
            : (_server, _client, _body, sent) => sent.set('authorization', encodeBasic(encodeField(clientId), encodeField(clientSecret)))
    let answer: HttpAnswer | NoSession | undefined
    const options = {
      [allowInsecureRequests]: true,
      headers: new Headers(headers),
      [customFetch]: async (
        url: string,
        sent: { readonly method: string; readonly headers: Record<string, string>; readonly body?: unknown },
      ) => {
        answer = await askToSignIn({ method: sent.method, url, headers: sent.headers, body: String(sent.body) }, this.#input.means)
        return new Response(null)
      },
    }
    // A jwt-bearer grant may go without a client.
    const client = { client_id: clientId || 'none' }
    const { token = '', ...others } = parameters
    await (grantType === 'revoke'
      ? revocationRequest(server, client, authentication, token, { ...options, additionalParameters: others })
      : genericTokenEndpointRequest(server, client, clientId === '' ? () => {} : authentication, grantType, parameters, options))
    return answer as HttpAnswer | NoSession
  }

  /** RFC 7523, 2.2: what the iClient signs says who it is. */
  async #clientAssertion(): Promise<string | undefined> {
    const { iClient } = this.#input.connection
    if (!iClient?.enableJWT || !iClient.jwt) return undefined
    return createJwtSigner(iClient.jwt, this.#input.means.evaluate).sign({ ...this.#context({}), iClient })
  }

  async #read(
    answer: HttpAnswer,
    address: string,
    grantType: string,
    now: number,
    before: Session | undefined,
  ): Promise<Session | NoSession> {
    const { means, print } = this.#input
    const { accessTokenPath, refreshTokenPath, grantType: kind } = this.setup
    const beside = (name: string): string => accessTokenPath.replace(/[^.]*$/, name)
    const said = await readSignInAnswer(
      answer,
      address,
      undefined,
      [accessTokenPath, refreshTokenPath, beside('expires_in'), 'error', 'error_description'],
      means,
    )
    if (isRefused(said)) return { ...said, isFinal: true }
    const token = said(accessTokenPath)
    const error = said('error')
    if (answer.statusCode >= 400 || typeof token !== 'string' || token === '') {
      const why = answer.statusCode < 400 && error === undefined ? ` It holds no token at ${accessTokenPath}.` : ''
      // The grant is used up: one that a person gave has to be given again.
      const isUsedUp = error === 'invalid_grant' && kind === 'authorizecode' && ['refresh_token', 'authorization_code'].includes(grantType)
      return {
        refused: `${describeAnswer(answer, address, said, means.redact)}${why}`,
        isFinal: true,
        ...(isUsedUp && { needsPerson: true }),
      }
    }
    const wrong = this.setup.isUnchecked ? undefined : await this.#check(said, token, address)
    if (wrong !== undefined) return { refused: wrong, isFinal: true }
    const refreshToken = said(refreshTokenPath) ?? said(beside('refresh_token'))
    const kept = typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : before?.refreshToken
    const expiresAt = endOf(said(beside('expires_in')) ?? said('expires_in'), now)
    return {
      token,
      ...(kept !== undefined && { refreshToken: kept }),
      obtainedAt: now,
      ...(expiresAt !== undefined && { expiresAt }),
      print,
    }
  }

  /** What came with the token has to be what the standard says, as far as it came. */
  async #check(said: SaidAt, token: string, address: string): Promise<string | undefined> {
    const { processGenericTokenEndpointResponse } = oauth()
    const fields = Object.fromEntries(['expires_in', 'scope'].map((name) => [name, said(name) ?? undefined]))
    const body = { ...fields, access_token: token, token_type: said('token_type') ?? 'bearer' }
    try {
      const { token_type: type } = await processGenericTokenEndpointResponse(
        { issuer: new URL(address).origin },
        { client_id: 'any' },
        Response.json(body),
      )
      return type === 'bearer'
        ? undefined
        : `${new URL(address).origin} answered a token of the type ${type}, which needs more than to be sent along.`
    } catch (error) {
      return `${new URL(address).origin} answered a token that does not fit the standard (${(error as Error).message}). With skipOauthValidations it is taken as it is.`
    }
  }
}

/** As forms have it (RFC 6749, 2.3.1). Of what need not be encoded nothing is: many servers do not decode it, and most ids and secrets are only of that. */
const encodeField = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
