/** What single applications need to know this client by. */
import { Type } from 'typebox'
import { secret } from '../../kit.ts'
import { choice, flag, optional, object, text } from '../../shared/schema-helpers.ts'

const clientId = text('Id of the client.')
const clientSecret = secret({ description: 'Secret of the client.' })

export const blocks = optional({
  netsuite: object(
    'An integration record in NetSuite.',
    optional({ consumerKey: text('Key of the record.'), consumerSecret: secret({ description: 'Secret of the record.' }) }),
  ),
  salesforce: object(
    'A connected app in Salesforce.',
    optional({
      clientId,
      clientSecret,
      apiToken: secret({ description: 'Token of the API client.' }),
      privateKey: secret({ description: 'Private key that requests are signed with, in PEM.' }),
      publicKey: text('Public key that belongs to it, in PEM.'),
    }),
  ),
  ebay: object(
    'A key set of eBay.',
    optional({
      appId: text('Id of the application.'),
      devId: text('Id of the developer.'),
      certId: secret({ description: 'Secret of the application, which eBay calls its certificate id.' }),
      ruName: text('Name that eBay gave the address to return to.'),
    }),
  ),
  amazonmws: object(
    'An access key of Amazon.',
    optional({ accessKeyId: text('Id of the key.'), secretKey: secret({ description: 'Secret of the key.' }) }),
  ),
  azureserviceprincipal: object('A service principal of Azure.', {
    clientId,
    clientSecret,
    tenantId: text('Tenant that the principal belongs to.'),
  }),
  awsIam: object('A role of AWS.', {
    externalId: text('Id that the trust policy of the role asks for.'),
    ...optional({ roleArn: text('ARN of the role.') }),
  }),
  jwt: object(
    'A JSON Web Token that this client signs.',
    optional({
      signatureMethod: choice(
        [
          'hmac-sha256',
          'hmac-sha384',
          'hmac-sha512',
          'rsa-sha256',
          'rsa-sha384',
          'rsa-sha512',
          'es256',
          'es384',
          'es512',
          'ps256',
          'ps384',
          'ps512',
        ],
        'How the token is signed.',
      ),
      payload: Type.Unknown({ description: 'Claims of the token: an object, or a text of JSON. Handlebars.' }),
      headers: Type.Unknown({ description: 'Header fields of the token besides `alg` and `typ`. Handlebars.' }),
      privateKey: secret({ description: 'Private key in PEM, for the methods with a key pair.' }),
      secret: secret({ description: 'Shared secret, for the `hmac` methods.' }),
      isSecretBase64Encoded: flag('True where the shared secret is written in Base64.'),
      token: secret({ readOnly: true, writeOnly: false, description: 'Token that was signed last.' }),
    }),
  ),
})
