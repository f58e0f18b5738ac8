/** Connections to NetSuite. */
import { ref, secret } from '../../kit.ts'
import { choice, flag, optional, number, object, text } from '../../shared/schema-helpers.ts'
import { concurrency } from './parts.ts'

const old = { deprecated: true }
const answered = { readOnly: true }

export const netsuite = object('An account in NetSuite. Required for type `netsuite`.', {
  ...optional({
    authType: choice(
      ['basic', 'token', 'token-auto'],
      'How requests prove who sends them: by token of your own or one won by agreement. `basic` is out of use.',
    ),
    account: text('Id of the account, in capitals.'),
    environment: choice(['production', 'sandbox', 'sandbox2.0', 'beta'], 'Environment of the account.'),
    tokenId: secret({ description: 'Id of the token, for `token`.' }),
    tokenSecret: secret({ description: 'Secret of the token, for `token`.' }),
    entityId: text('Id of the user that the token stands for.'),
    tokenName: text('Name of the token in NetSuite.'),
    roleId: text('Id of the role that requests act in.'),
    email: text('E-mail address of the user, for `basic`.', old),
    password: secret({ ...old, description: 'Password, for `basic`.' }),
    requestLevelCredentials: flag('True sends the credentials with each request instead of opening a session.', { default: false }),
    useSsoLogin: flag('True where people log in through another system.', { ...old, ...answered }),
    dataCenterURLs: object(
      'Addresses of the data centre that holds the account.',
      optional({ restDomain: text('For RESTlets.'), webservicesDomain: text('For web services.'), systemDomain: text('For people.') }),
      answered,
    ),
    accountName: text('Name of the account.'),
    roleName: text('Name of the role.'),
    wsdlVersion: choice(['latest', 'next'], 'Version of the web services.', { default: 'latest' }),
    applicationId: text('Id of the application, as registered in NetSuite.'),
    concurrencyLevelRESTlet: number('Requests at the same time for RESTlets.', { ...old, ...answered }),
    concurrencyLevelWebServices: number('Requests at the same time for web services.', { ...old, ...answered }),
    suiteAppInstalled: flag('True where the companion app is installed in the account.', answered),
  }),
  ...concurrency(5),
  ...optional({ _iClientId: ref('iclients', { description: 'Client document that holds the consumer key and secret.' }) }),
})
