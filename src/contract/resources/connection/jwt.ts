/** A JSON Web Token that this side signs anew for requests. */
import { secret } from '../../kit.ts'
import { choice, flag, anyObject, optional, requireIf, object } from '../../shared/schema-helpers.ts'

const hmac = ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const
const pairs = ['rsa-sha256', 'rsa-sha384', 'rsa-sha512', 'es256', 'es384', 'es512', 'ps256', 'ps384', 'ps512'] as const

export const jwt = object(
  'A JSON Web Token, signed for requests.',
  optional({
    signatureMethod: choice([...hmac, ...pairs], 'How the token is signed.'),
    payload: anyObject('Claims of the token. Handlebars in its values.'),
    headers: anyObject('Header fields of the token besides `alg` and `typ`. Handlebars in their values.'),
    secret: secret({ description: 'Shared secret, for the `hmac` methods.' }),
    isSecretBase64Encoded: flag('True where the shared secret is written in Base64.'),
    privateKey: secret({ description: 'Private key in PEM, for the methods with a key pair.' }),
    token: secret({ description: 'A token that is signed already, instead of a key.' }),
  }),
  requireIf({ field: 'signatureMethod', is: hmac, need: ['secret'] }, { field: 'signatureMethod', is: pairs, need: ['privateKey'] }),
)
