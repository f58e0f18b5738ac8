/** Proofs against what their specifications print of them: cases of test/cases/sign-in. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readChallenges } from '../../../../src/engine/outgoing/auth/challenges.ts'
import { answerChallenge, readChallenge, type Answering } from '../../../../src/engine/outgoing/auth/digest.ts'
import { makeBaseString, readKey, signText } from '../../../../src/engine/outgoing/auth/oauth1.ts'
import type { OAuth1 } from '../../../../src/engine/outgoing/auth/sign-in.ts'
import { makeUsernameToken } from '../../../../src/engine/outgoing/auth/wsse.ts'
import { signForAws } from '../../../../src/engine/values/aws-signature.ts'
import type { HttpRequest } from '../../../../src/engine/outgoing/message.ts'

const cases = <T>(file: string): (T & { readonly name: string })[] =>
  JSON.parse(readFileSync(new URL(`../../../cases/sign-in/${file}.json`, import.meta.url), 'utf8')) as (T & { name: string })[]

interface DigestCase extends Answering {
  readonly challenge: string
  readonly request: Pick<HttpRequest, 'method' | 'url'>
  readonly expect: readonly string[]
  readonly without?: readonly string[]
}

describe('digest', () => {
  it.each(cases<DigestCase>('digest'))('$name', ({ challenge, request, expect: parts, without = [], ...answering }) => {
    const read = readChallenge(readChallenges(challenge)[0]?.parameters ?? new Map())
    const answer = read && answerChallenge({ headers: {}, ...request }, read, answering)
    const told = answer?.replace(/^Digest /, '').split(', ')
    expect(told).toEqual(expect.arrayContaining([...parts]))
    for (const name of without) expect(told?.filter((part) => part.startsWith(name))).toEqual([])
  })

  it('the challenge is found among others, in one header or in several, however it is written', () => {
    const digest = 'DIGEST Realm="a, \\"b\\"" ,nonce=abc,  qop = "auth-int" , STALE=TRUE'
    for (const header of [
      `Basic realm="x", ${digest}`,
      ['Negotiate', 'Bearer error="invalid, token"', digest],
      `${digest}, Basic realm="x"`,
    ]) {
      const found = readChallenges(header).filter(({ scheme }) => scheme === 'digest')
      expect(found.map(({ parameters }) => readChallenge(parameters))).toEqual([
        { realm: 'a, "b"', nonce: 'abc', qop: 'auth-int', stale: true, userhash: false },
      ])
    }
    expect(readChallenges(undefined)).toEqual([])
    expect(readChallenges('=,,"\\').map(({ scheme }) => scheme)).toEqual([])
  })

  it.each(['algorithm=SHA-1, nonce=a', 'qop="auth-conf", nonce=a', 'realm="without a nonce"'])('%s cannot be answered', (parameters) => {
    expect(readChallenge(readChallenges(`Digest ${parameters}`)[0]?.parameters ?? new Map())).toBeUndefined()
  })
})

interface OAuth1Case {
  readonly request: HttpRequest
  readonly parameters: readonly (readonly [string, string])[]
  readonly baseString?: string
  readonly signing: OAuth1
  readonly signature: string
}

describe('OAuth 1.0a', () => {
  it.each(cases<OAuth1Case>('oauth1'))('$name', ({ request, parameters, baseString, signing, signature }) => {
    const text = makeBaseString(request, parameters)
    if (baseString !== undefined) expect(text).toBe(baseString)
    expect(signText(text, { ...signing, ...readKey(signing) })).toBe(signature)
  })
})

it('WSSE: the digest of OASIS UsernameToken Profile 1.0, of the bytes of the nonce', () => {
  const made = makeUsernameToken({
    username: 'bob "the" builder',
    password: 'taadtaadpstcsm',
    nonce: Buffer.from('d36e316282959a9ed4c89851497a717f'),
    created: '2003-12-15T14:43:07Z',
  })
  expect(made).toBe(
    'UsernameToken Username="bob \\"the\\" builder", PasswordDigest="quR/EWLAV4xLf9Zqyw4pDmfV9OY=", ' +
      'Nonce="ZDM2ZTMxNjI4Mjk1OWE5ZWQ0Yzg5ODUxNDk3YTcxN2Y=", Created="2003-12-15T14:43:07Z"',
  )
})

interface AwsCase {
  readonly request: HttpRequest
  readonly signature: string
}

/** The suite that Amazon publishes, without what only tells how other headers are written and addresses that are no addresses. */
describe('AWS Signature Version 4', () => {
  const key = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

  it.each(cases<AwsCase>('aws4'))('$name', ({ request, signature }) => {
    expect(signForAws(request, key, { region: 'us-east-1', service: 'service' })).toBe(signature)
  })

  it('the host tells region and service where nothing else does', () => {
    const request = { method: 'GET', url: 'https://dynamodb.eu-west-1.amazonaws.com/', headers: { 'x-amz-date': '20150830T123600Z' } }
    expect(signForAws(request, key, {})).toContain('AKIDEXAMPLE/20150830/eu-west-1/dynamodb/aws4_request')
  })
})
