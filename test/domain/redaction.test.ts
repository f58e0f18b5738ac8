/** No text that is kept or shown holds a secret, however the one who wrote it had it escaped or encoded, and wherever it is cut. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMasker } from '../../src/domain/redaction/masker.ts'
import { maskTokens } from '../../src/domain/mask-tokens.ts'
import { encodings } from '../harness/encodings.ts'
import { cpuTime } from '../harness/cpu-time.ts'

const secret = 'p@ss w"r\\d&<é>/+%41_😀x'
/** Printable ones of every sort, line ends too: PEM keys are secrets. */
const anySecret = fc
  .string({
    unit: fc.oneof(fc.constantFrom(...Array.from('aZ09+/=-_%&<>"\'\\;#: \n')), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })),
    minLength: 8,
    maxLength: 40,
  })
  .filter((text) => text.length >= 8)

describe('a secret of 8 characters or more', () => {
  test.each(Object.keys(encodings))('is masked as %s, wherever it stands', (name) => {
    const { redact, holds } = createMasker([secret])
    const text = `The application says ${encodings[name]?.(secret)} and no more`
    expect(redact(text)).toMatch(/^The application says \S{0,8}\*{6}\s*\S{0,8} and no more$/)
    expect(holds(text)).toBe(true)
  })

  test.each(Object.keys(encodings))('is masked as %s within a text in JSON', (name) => {
    const { redact } = createMasker([secret])
    const text = JSON.stringify({ before: 'a', said: encodings[name]?.(secret), after: 'b' })
    expect(redact(text)).toMatch(/^\{"before":"a","said":"\S{0,8}\*{6}\s*\S{0,8}","after":"b"\}$/)
  })

  test('of any characters is masked in every encoding, and what is around it stays', () => {
    fc.assert(
      fc.property(anySecret, fc.constantFrom(...Object.keys(encodings)), (any, name) => {
        const redacted = createMasker([any]).redact(`(before) ${encodings[name]?.(any)} (after)`)
        expect(redacted).toContain('******')
        expect(redacted).toMatch(/^\(before\) [^]{0,16}\*{6}[^]{0,16} \(after\)$/)
      }),
      { numRuns: 1000 },
    )
  })

  test('is masked whole where a cut falls into it', () => {
    const { redact } = createMasker([secret])
    for (const [name, encode] of Object.entries(encodings)) {
      const text = `Not valid: ${encode(secret)}; ask somebody else.`
      const whole = redact(text)
      for (let longest = 1; longest <= text.length; longest++) {
        const kept = redact(text, longest).replace(/…$/, '')
        expect.soft(whole.startsWith(kept), `${name} at ${longest}: ${kept}`).toBe(true)
      }
    }
  })

  test('that the one who wrote the text had cut is masked as far as it goes', () => {
    const { redact } = createMasker(['0123456789abcdef-secret'])
    expect(redact(`${'x'.repeat(4000)} 01234`)).toBe(`${'x'.repeat(4000)} ******`)
    expect(redact('Wrong token 0123456789...')).toBe('Wrong token ******...')
  })
})

describe('a shorter secret', () => {
  const { redact } = createMasker(['p', 'order'])

  test('blanks no words', () => {
    const text = 'Port 5999: the order 17 is no part of the shipment.'
    expect(redact(text)).toBe(text)
  })

  test.each([
    ['{"password":"p","user":"pp"}', '{"password":"******","user":"pp"}'],
    ['{\\"password\\": \\"order\\"}', '{\\"password\\": \\"******\\"}'],
    ['/login?api_token=order&page=2', '/login?api_token=******&page=2'],
    ['Authorization: Bearer order', 'Authorization: Bearer ******'],
    ['https://user:p@host/', 'https://user:******@host/'],
    ['the password is order.', 'the password is ******.'],
    ['password=pp', 'password=pp'],
  ])('is masked where the text says that it is one: %s', (text, redacted) => expect(redact(text)).toBe(redacted))
})

test('a token of basic authorization is masked decoded, too', () => {
  const { redact } = createMasker([Buffer.from('ann:open sesame').toString('base64')])
  expect(redact('No user ann with the password open sesame')).toBe('No user ann with the password ******')
})

test('a one-time token is masked as it is, in hexadecimal, and in base64 wherever in it the token begins', () => {
  const token = 'sluice-once.eyJhIjoxfQ.c2ln-_'
  for (const name of ['it is', 'hexadecimal', 'base64', 'base64 after one byte', 'base64 after two bytes', 'url-safe base64'])
    expect.soft(maskTokens(`(${encodings[name]?.(token)})`), name).toMatch(/^\(.{0,3}\*{6}\)$/)
})

test('masking takes time in proportion to the text, whatever the text is made of', () => {
  const { redact } = createMasker([secret, 'p', 'order', '\\'.repeat(40)])
  const timed = (text: string): number => cpuTime(() => redact(text)).ms
  timed('warm '.repeat(10_000))
  for (const piece of ['\\', '&#0', '&#00000000', '\\u004', '\\u0041', '%25', 'pass ', 'key-', '://a', 'p@ss w', 'A+/', 'é']) {
    const once = Math.max(20, Math.min(...[0, 1, 2].map(() => timed(piece.repeat(Math.ceil(20_000 / piece.length))))))
    const tenfold = Math.min(...[0, 1].map(() => timed(piece.repeat(Math.ceil(200_000 / piece.length)))))
    expect.soft(tenfold / once, piece).toBeLessThan(60)
  }
})
