/** What a text itself calls a secret is masked, in every way in which texts name their values; what only sounds like one stays. */
import { describe, expect, test } from 'vitest'
import { isSecretName, maskNamed } from '../../src/domain/redaction/named-secrets.ts'
import { cpuTime } from '../harness/cpu-time.ts'

const inJson = (value: object): string => JSON.stringify(value)

const masked: readonly (readonly [name: string, text: string, expected: string])[] = [
  ['a field of JSON', '{"access_token":"abc","n":1}', '{"access_token":"******","n":1}'],
  ['a value with quotes and backslashes', inJson({ password: 'a"b\\', n: 1 }), '{"password":"******","n":1}'],
  ['a number', '{"otp": 123456, "n": 1}', '{"otp": "******", "n": 1}'],
  ['JSON within JSON', inJson({ body: inJson({ refreshToken: 'q"x', n: 1 }) }), inJson({ body: inJson({ refreshToken: '******', n: 1 }) })],
  [
    'JSON three times over',
    inJson({ a: inJson({ b: inJson({ token: 'x\\"y', n: 1 }) }) }),
    inJson({ a: inJson({ b: inJson({ token: '******', n: 1 }) }) }),
  ],
  ['JSON that was cut off', '{"client_secret":"abc', '{"client_secret":"******"'],
  ['a form', 'grant_type=x&client_secret=abc&n=1', 'grant_type=x&client_secret=******&n=1'],
  ['a query', 'https://h/p?n=1&api_key=abc#x', 'https://h/p?n=1&api_key=******'],
  ['a name with escapes', 'a=1&user%5Bpassword%5D=abc', 'a=1&user%5Bpassword%5D=******'],
  ['an element of XML', '<a><x:Password kind="1">abc</x:Password><n>1</n></a>', '<a><x:Password kind="1">******</x:Password><n>1</n></a>'],
  ['an attribute', `<a token='abc' n="1"></a>`, `<a token='******' n="1"></a>`],
  ['a header', 'Set-Cookie: sid=abc; Path=/\r\nn: 1', 'Set-Cookie: ******\r\nn: 1'],
  ['a proof without a name', 'curl -H "x: Bearer abcdefgh12" -n', 'curl -H "x: Bearer ******" -n'],
]

test.each(masked)('%s', (_name, text, expected) => expect(maskNamed(text)).toBe(expected))

const kept: readonly string[] = [
  '{"nextPageToken":"abc","page_token":"x","tokenType":"bearer","id":1}',
  '{"passwordHint":{"a":1},"password":null,"secret":true}',
  'a=1&cursor=abc',
  '<a><name>abc</name></a>',
  'the token is not known, and the password neither',
]
test.each(kept)('%s stays as it is', (text) => expect(maskNamed(text)).toBe(text))

describe('names', () => {
  test.each(['Authorization', 'Proxy-Authorization', 'Cookie', 'X-API-Key', 'x-auth-token', 'clientSecret', 'PRIVATE_KEY', 'pwd'])(
    '%s is one',
    (name) => expect(isSecretName(name)).toBe(true),
  )
  test.each(['content-type', 'nextPageToken', 'key', 'id', 'tokens_left', 'author'])('%s is none', (name) =>
    expect(isSecretName(name)).toBe(false),
  )
})

test('takes time in proportion to the text, whatever the text is made of', () => {
  const pieces = [
    '\\',
    '"',
    '"password"',
    '"password":"',
    '\\"token\\":\\"',
    '<token ',
    '<a x="',
    ' token="',
    '&token=',
    '=',
    ':',
    'bearer ',
    '_',
    'a.b-',
    '\n',
  ]
  for (const piece of pieces) {
    const timeOf = (size: number): number => cpuTime(() => maskNamed(piece.repeat(Math.ceil(size / piece.length)))).ms
    timeOf(10_000)
    expect(timeOf(1_000_000), `1 MB of ${JSON.stringify(piece)}`).toBeLessThan(1000)
  }
})
