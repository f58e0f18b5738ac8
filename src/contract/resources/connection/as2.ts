/** Connections to a trading partner over AS2: signed and encrypted messages, each answered by a receipt (MDN). */
import { link, ref, secret } from '../../kit.ts'
import type { ScriptFunction } from '../../shared/script-function.ts'
import { choice, flag, list, optional, number, object, text, texts } from '../../shared/schema-helpers.ts'
import { concurrency, plainHeader, rateLimit } from './parts.ts'

const digests = ['NONE', 'SHA1', 'MD5', 'SHA256'] as const
const ciphers = ['NONE', 'DES', 'RC2', '3DES', 'AES128', 'AES256'] as const
const encodings = ['base64', 'binary'] as const

const receipt = optional({
  mdnURL: text('Address that receipts are sent to later, where they do not come with the answer.'),
  signatureProtocol: choice(['pkcs7-signature'], 'Kind of signature on a receipt.'),
})
const mdnSigning = choice(digests, 'Digest that receipts are signed with, or `NONE`.')

const token = object(
  'A token that is sent with every message.',
  optional({
    token: secret({ description: 'The token.' }),
    location: choice(['header', 'url', 'body'], 'Where messages carry it.'),
    headerName: text('Header that carries it.'),
    scheme: choice(['bearer', 'mac', 'oauth', 'none'], 'Word before the token in the header.'),
    paramName: text('Query parameter that carries it.'),
    refreshToken: secret({ description: 'Token that is exchanged for a new one.' }),
    refreshRelativeURI: text('Where a new token is asked for.'),
    refreshMethod: choice(['GET', 'POST', 'PUT'], 'Method of the request for a new token.'),
    refreshMediaType: choice(['json', 'urlencoded', 'xml'], 'How the body of that request is written.'),
    refreshBody: text('Body of the request for a new token.'),
    refreshTokenPath: text('Path of the new token in the answer.'),
    refreshHeaders: list(plainHeader, 'Headers of the request for a new token.'),
  }),
)

const auth = object(
  'How the partner is told who sends a message.',
  optional({
    type: choice(['basic', 'token', 'none'], 'Kind of proof.'),
    failStatusCode: number('Status that means the proof was not accepted.'),
    failPath: text('Path in the answer to look at, where the status does not tell.'),
    failValues: texts('Values at that path that mean the proof was not accepted.'),
    basic: object('User name and password.', optional({ username: text('User name.'), password: secret({ description: 'Password.' }) })),
    token,
  }),
)

const partnerStationInfo = object('The partner: where messages go, and how they are made.', {
  as2URI: text('Address that messages are sent to.'),
  signing: choice(digests, 'Digest that messages are signed with, or `NONE`.'),
  encryptionType: choice(ciphers, 'Cipher that messages are encrypted with, or `NONE`.'),
  ...optional({
    mdn: object('Receipts that the partner sends.', {
      mdnSigning,
      ...receipt,
      ...optional({ verifyMDNSignature: flag('True refuses a receipt whose signature does not hold.') }),
    }),
    auth,
    rateLimit,
    SMIMEVersion: choice(['v2', 'v3'], 'Version of S/MIME that messages are written in.'),
    encoding: choice(encodings, 'How messages are encoded.'),
    signatureEncoding: choice(encodings, 'How signatures are encoded.'),
  }),
})

const userStationInfo = object('This side: what messages from the partner must be like.', {
  signing: choice(digests, 'Digest that messages must be signed with, or `NONE`.'),
  encryptionType: choice(ciphers, 'Cipher that messages are encrypted with, or `NONE`.'),
  ...optional({
    mdn: object('Receipts that are sent to the partner.', {
      mdnSigning,
      ...receipt,
      ...optional({ mdnEncoding: choice(encodings, 'How receipts are encoded.') }),
    }),
    encoding: choice(encodings, 'How messages are encoded.'),
    compressed: flag('True where messages are compressed.', { default: false }),
  }),
})

export const as2 = object('A trading partner over AS2. Required for type `as2`.', {
  as2Id: text('AS2 id of this side.'),
  partnerId: text('AS2 id of the partner.'),
  partnerStationInfo,
  userStationInfo,
  ...optional({
    _tpConnectorId: ref('tradingpartnerconnectors', { description: 'Trading partner connector that the values come from.' }),
    contentBasedFlowRouter: link<ScriptFunction>('ScriptFunction', {
      description: 'A function that reads a message and says which flow and export it is for.',
    }),
    encrypted: object('Keys that are secret.', optional({ userPrivateKey: secret({ description: 'Private key of this side, in PEM.' }) })),
    unencrypted: object(
      'Keys that are no secret.',
      optional({
        userPublicKey: text('Public key of this side, in PEM.'),
        partnerCertificate: text('Certificate of the partner, in PEM.'),
      }),
    ),
  }),
  ...concurrency(5),
  ...optional({
    preventCanonicalization: flag('True signs messages as they are, without evening out their line ends.', { default: false }),
  }),
})
