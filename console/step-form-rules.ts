/** How the fields of connections, exports, imports and flows are put before people: in which group, which ones first, and which have a place elsewhere. */
import type { Condition, FormCollection } from './step-forms.ts'

interface GroupRule {
  readonly group: string
  /** The first rule that a path fits decides. */
  readonly fits: RegExp
}

const blocks =
  'http|ftp|s3|rdbms|jdbc|mongodb|dynamodb|mcp|wrapper|filesystem|tool|webhook|simple|netsuite|salesforce|as2|van|rest|aiAgent|guardrail|netsuite_da'

/** In the order in which they are shown. */
export const groupOrder: Readonly<Record<FormCollection, readonly string[]>> = {
  connections: ['where', 'proof', 'ping', 'about', 'limits', 'more'],
  exports: ['about', 'read', 'file', 'records', 'paging', 'success', 'answers', 'lookup', 'more'],
  imports: ['about', 'write', 'file', 'existing', 'success', 'more'],
  flows: ['about', 'when', 'errors', 'more'],
}

/** What fits no rule of a collection is in `more`. */
export const groupRules: Readonly<Record<FormCollection, readonly GroupRule[]>> = {
  connections: [
    { group: 'about', fits: /^name$/ },
    { group: 'proof', fits: /(^|\.)(auth|encrypted|unencrypted|clientCertificates)(\.|$)|\._iClientId$|^ssl\.|^pgp\./ },
    {
      group: 'proof',
      fits: /\.(user|username|password|authKey|authType|accessKeyId|secretAccessKey|sessionToken|awsIam\..*|key|passphrase|ssl\..*|oauth\..*)$/,
    },
    { group: 'ping', fits: /\.ping\.|ping[A-Z]\w*$/ },
    { group: 'limits', fits: /oncurrency|rateLimit|retryHeader|autoRecover/ },
    { group: 'where', fits: new RegExp(`^(${blocks})\\.`) },
  ],
  exports: [
    { group: 'about', fits: /^(name|description)$/ },
    { group: 'records', fits: /^(type|delta|test|once)(\.|$)|\.once\./ },
    { group: 'paging', fits: /^http\.paging\.|^pageSize$/ },
    { group: 'success', fits: /^http\.(response|successMediaType|errorMediaType|_asyncHelperId)/ },
    { group: 'answers', fits: /^webhook\.(success|challenge)/ },
    { group: 'file', fits: /^(file|simple\.file)\.|^_ediProfileId$/ },
    { group: 'read', fits: new RegExp(`^(${blocks})\\.`) },
    { group: 'lookup', fits: /^(oneToMany|pathToMany)$/ },
  ],
  imports: [
    { group: 'about', fits: /^(name|description)$/ },
    {
      group: 'existing',
      fits: /^ignore(Existing|Missing)$|\.(existing|ignore|update)(Extract|LookupName|LookupFilter)$|^http\.requestType|^http\.(relativeURI|method|body)\.1$/,
    },
    { group: 'success', fits: /^http\.(response|successMediaType|errorMediaType|_asyncHelperId)/ },
    { group: 'file', fits: /^file\.|^_ediProfileId$|^blob|^deleteAfterImport$/ },
    { group: 'write', fits: new RegExp(`^(${blocks})\\.`) },
  ],
  flows: [
    { group: 'about', fits: /^(name|description)$/ },
    { group: 'when', fits: /^(schedule|timezone|disabled|_runNext.*|runPageGeneratorsInParallel|_keepDelta.*)$/ },
    { group: 'errors', fits: /^(skipRetries|automaticRetries|autoResolveMatchingTraceKeys|logging\..*)$/ },
  ],
}

/** Shown at once. What its block requires is so without being here. */
export const essential: Readonly<Record<FormCollection, RegExp>> = {
  connections:
    /^name$|^http\.(baseURI|mediaType|auth\.type|ping\.relativeURI|auth\.(basic|cookie)\.\w+|auth\.token\.(token|location|scheme|headerName|paramName)|auth\.oauth\.(grantType|authURI|tokenURI|clientId|clientSecret|scope|username|password)|auth\.jwt\.\w+|auth\.oauth\.oauth1\.\w+)$|^rdbms\.(type|host|port|database|user|password)$|^jdbc\.(type|host|port|database|user|password)$|^ftp\.(type|hostURI|port|username|password|authKey)$|^s3\.(accessKeyId|secretAccessKey|pingBucket|endpoint)$|^mongodb\.(host\.0|database|username|password)$|^dynamodb\.aws\.\w+$|^mcp\.(serverURL|http\.auth\.type|http\.auth\.token\.token)$|^wrapper\.(_stackId|pingFunction)$|^filesystem\.ping/,
  exports:
    /^name$|^http\.(method|relativeURI|body|response\.resourcePath|paging\.method|paging\.(page|skip|token|path|relativeURI|body|linkHeaderRelation))$|^type$|^(delta|test)\.\w+$|^once\.|\.once\.|^pageSize$|^(rdbms|jdbc)\.query$|\.directoryPath$|\.fileName(Starts|Ends)With$|^s3\.(bucket|region|key\w+)$|^mongodb\.(collection|filter)$|^dynamodb\.(tableName|region|\w*[eE]xpression)$|^mcp\.(tool|arguments|resourcePath)$|^wrapper\.function$|^webhook\.(verify|token|key|header|algorithm|encoding|username|password|pathToRecords|successStatusCode|successBody|tokenLocation)$|^(simple\.)?file\.(type|json\.resourcePath|xml\.resourcePath|csv\.(hasHeaderRow|columnDelimiter)|xlsx\.hasHeaderRow)$|^file\.skipDelete$/,
  imports:
    /^name$|^http\.(method|relativeURI|body)\.\d$|^http\.(batchSize|response\.(resourceIdPath|successPath|errorPath)(\.0)?)$|^ignore(Existing|Missing)$|^(mongodb|dynamodb)\.(existing|ignore|update)(Extract|LookupName|LookupFilter)$|^(rdbms|jdbc)\.(query|queryType)\.0$|bulkInsert\.tableName$|bulkLoad\.\w+$|\.directoryPath$|^ftp\.fileName$|^s3\.\w+$|^mongodb\.\w+$|^dynamodb\.(tableName|region|method|itemDocument|partitionKey|sortKey|updateExpression)$|^mcp\.\w+$|^wrapper\.function$|^tool\._toolId$|^file\.(type|fileName|skipAggregation|csv\.includeHeader)$/,
  flows: /^(name|description|schedule|timezone|disabled|_runNextFlowIds|automaticRetries)$/,
}

/** Required wherever they are shown, or where the condition holds as well: the schema cannot say it, and without them nothing runs. */
export const needed: Readonly<Record<FormCollection, readonly (readonly [fits: RegExp, where?: Condition])[]>> = {
  connections: [],
  exports: [[/^webhook\.(token|key|username|password)$/]],
  imports: [
    [/^rdbms\.query\.0$/, { path: 'rdbms.queryType.0', is: ['per_record', 'per_page', 'first_page', 'INSERT', 'UPDATE'] }],
    [/^jdbc\.query\.0$/, { path: 'jdbc.queryType.0', is: ['per_record', 'per_page'] }],
    [/^(rdbms|jdbc)\.bulk(Insert|Load)\.tableName$/],
  ],
  flows: [],
}

/** Lists of which people enter the first value, or the first two: the others are for requests and hosts beyond. */
export const firstOnly: ReadonlySet<string> = new Set([
  'http.response.resourcePath',
  'http.response.resourceIdPath',
  'http.response.successPath',
  'http.response.failPath',
  'rdbms.queryType',
  'rdbms.query',
  'jdbc.queryType',
  'jdbc.query',
  'mongodb.host',
])
export const firstTwo: ReadonlySet<string> = new Set(['http.relativeURI', 'http.method', 'http.body', 'http.requestType'])

/** Shown where the schema cannot say it by a condition. The first one that a path fits decides. */
export const shownWhere: Readonly<Record<FormCollection, readonly (readonly [fits: RegExp, when: readonly Condition[]])[]>> = {
  connections: [
    [/^http\.auth\.(basic)\./, [{ path: 'http.auth.type', is: ['basic', 'digest', 'wsse'] }]],
    [/^http\.auth\.token\.headerName$/, [{ path: 'http.auth.type', is: ['token', 'wsse'] }]],
    [
      /^http\.auth\.token\.scheme$/,
      [
        { path: 'http.auth.type', is: ['token'] },
        { path: 'http.auth.token.location', is: ['header'] },
      ],
    ],
    [
      /^http\.auth\.token\.paramName$/,
      [
        { path: 'http.auth.type', is: ['token'] },
        { path: 'http.auth.token.location', is: ['url'] },
      ],
    ],
    [/^http\.auth\.token\./, [{ path: 'http.auth.type', is: ['token'] }]],
    [/^http\.auth\.cookie\./, [{ path: 'http.auth.type', is: ['cookie'] }]],
    [/^http\.auth\.jwt\./, [{ path: 'http.auth.type', is: ['jwtbearer'] }]],
    [/^http\.auth\.oauth\.oauth1\./, [{ path: 'http.auth.type', is: ['oauth1'] }]],
    [
      /^http\.auth\.oauth\.authURI$/,
      [
        { path: 'http.auth.type', is: ['oauth'] },
        { path: 'http.auth.oauth.grantType', is: ['authorizecode', ''] },
      ],
    ],
    [
      /^http\.auth\.oauth\.(username|password)$/,
      [
        { path: 'http.auth.type', is: ['oauth'] },
        { path: 'http.auth.oauth.grantType', is: ['password'] },
      ],
    ],
    [/^http\.(auth\.oauth\.|_iClientId)/, [{ path: 'http.auth.type', is: ['oauth'] }]],
    [/^http\.type$/, [{ path: 'http.auth.type', is: ['oauth'] }]],
    [/^s3\.(_iClientId|awsIam\.)/, [{ path: 's3.authType', is: ['awsIam'] }]],
    [/^rdbms\.snowflake\.|^rdbms\.(key|passphrase)$/, [{ path: 'rdbms.type', is: ['snowflake'] }]],
    [/^rdbms\.bigquery\./, [{ path: 'rdbms.type', is: ['bigquery'] }]],
    [/^rdbms\.(instanceName|version|mssql\..*)$/, [{ path: 'rdbms.type', is: ['mssql', 'azuresynapse'] }]],
    [/^rdbms\.(serviceName|serverType)$/, [{ path: 'rdbms.type', is: ['oracle'] }]],
    [/^jdbc\.serviceName$/, [{ path: 'jdbc.type', is: ['oracle:thin'] }]],
  ],
  exports: [
    [/^delta\./, [{ path: 'type', is: ['delta'] }]],
    [/^test\./, [{ path: 'type', is: ['test'] }]],
    [/^once\.|\.once\./, [{ path: 'type', is: ['once'] }]],
    [/^http\.paging\.(page|maxPagePath)$/, [{ path: 'http.paging.method', is: ['page'] }]],
    [/^http\.paging\.skip$/, [{ path: 'http.paging.method', is: ['skip'] }]],
    [/^http\.paging\.maxCountPath$/, [{ path: 'http.paging.method', is: ['page', 'skip'] }]],
    [/^http\.paging\.(token|pathAfterFirstRequest)$/, [{ path: 'http.paging.method', is: ['token'] }]],
    [/^http\.paging\.(path|pathLocation)$/, [{ path: 'http.paging.method', is: ['token', 'url'] }]],
    [/^http\.paging\.body$/, [{ path: 'http.paging.method', is: ['body', 'token', 'skip', 'page'] }]],
    [/^http\.paging\.linkHeaderRelation$/, [{ path: 'http.paging.method', is: ['linkheader'] }]],
    [/^http\.paging\.(?!method)/, [{ path: 'http.paging.method' }]],
    [/^webhook\.(algorithm|encoding|key|header)$/, [{ path: 'webhook.verify', is: ['hmac'] }]],
    [/^webhook\.(username|password)$/, [{ path: 'webhook.verify', is: ['basic'] }]],
    [/^webhook\.token$/, [{ path: 'webhook.verify', is: ['token', 'secret_url'] }]],
    [/^webhook\.(path|tokenLocation|tokenHeader\w+|customTokenScheme|tokenQueryParamName)$/, [{ path: 'webhook.verify', is: ['token'] }]],
    [/^simple\.file\.csv\./, [{ path: 'simple.file.type', is: ['csv'] }]],
    [/^simple\.file\.json\./, [{ path: 'simple.file.type', is: ['json'] }]],
    [/^simple\.file\.xlsx\./, [{ path: 'simple.file.type', is: ['xlsx'] }]],
    [/^simple\.file\.xml\./, [{ path: 'simple.file.type', is: ['xml'] }]],
    [/^simple\.file\.fileDefinition\./, [{ path: 'simple.file.type', is: ['filedefinition'] }]],
  ],
  imports: [
    [/^http\.(relativeURI|method|body)\.1$/, [{ path: 'http.requestType.1' }]],
    [
      /^rdbms\.query\.0$/,
      [{ path: 'rdbms.queryType.0', is: ['', 'per_record', 'per_page', 'first_page', 'INSERT', 'UPDATE', 'bulk_load'] }],
    ],
    [/^jdbc\.query\.0$/, [{ path: 'jdbc.queryType.0', is: ['', 'per_record', 'per_page', 'bulk_load'] }]],
    [/^rdbms\.bulkInsert\./, [{ path: 'rdbms.queryType.0', is: ['bulk_insert'] }]],
    [/^rdbms\.bulkLoad\./, [{ path: 'rdbms.queryType.0', is: ['bulk_load'] }]],
    [/^jdbc\.bulkInsert\./, [{ path: 'jdbc.queryType.0', is: ['bulk_insert'] }]],
    [/^jdbc\.bulkLoad\./, [{ path: 'jdbc.queryType.0', is: ['bulk_load'] }]],
    [/^file\.pgp\./, [{ path: 'file.encrypt', is: ['true'] }]],
  ],
  flows: [],
}

/** Of steps whose files are described by `file`. */
export const fileFormats: Readonly<Record<string, string>> = {
  csv: 'csv',
  json: 'json',
  xlsx: 'xlsx',
  xml: 'xml',
  fileDefinition: 'filedefinition',
}

/** Entered as longer texts. */
export const longTexts =
  /(^|\.)(body|query|once\.query|filter|document|update|description|postBody|itemDocument|\w*Expression\w*|arguments|successBody|challengeSuccessBody|cert|ca|key|privateKey|publicKey|authKey|accessTokenBody|refreshBody)(\.\d)?$/

/** Fields that no drawn form shows, although the server carries them out: the first pattern that fits says why. */
export const shownElsewhere: readonly (readonly [of: readonly FormCollection[], fits: RegExp, why: string])[] = [
  [['connections'], /^type$/, 'It is chosen before the form, which is the one of its type.'],
  [['exports', 'imports'], /^(adaptorType|_connectionId)$/, 'They are chosen before the form, which is the one of the connection.'],
  [
    ['exports', 'imports'],
    /^(filter|inputFilter|transform|responseTransform|mapping|mappings|lookups|hooks)(\.|$|\[)/,
    'An editor of its own opens from the panel of the step.',
  ],
  [
    ['exports', 'imports', 'connections', 'flows'],
    /^settingsForm$|^preSave/,
    'Publishers of Integration Apps write it, as JSON: what people fill in stands in the settings.',
  ],
  [['flows'], /^(pageGenerators|pageProcessors|routers)/, 'They are the graph.'],
  [['flows'], /^_integrationId$/, 'It is said by where the flow is made.'],
  [['exports', 'imports', 'connections'], /^rest(\.|$)/, 'The older type of HTTP is read and run, and no new ones are made.'],
  [['exports', 'imports', 'connections'], /^debug(Until|Date)$/, 'It is switched on where what goes over the wire is looked at.'],
  [['imports'], /^_integrationId$/, 'It is said by where the step is made.'],
  [['exports', 'imports'], /^(simple\.)?file\.(directory|backupDirectory)\./, 'Folders have paths here, and no ids.'],
]

/** Kinds that run and that nobody makes anew. */
export const olderKinds: Readonly<Record<string, string>> = { rest: 'http', RESTExport: 'HTTPExport' }

/** Kept for people: what other systems or people call a document. */
export const forPeople = /^(name|description|externalId)$/

/** Fields that the server refuses of some kinds, whatever they say. */
export const notFor: readonly (readonly [fits: RegExp, kinds: RegExp])[] = [
  [/^groupByFields$/, /^(Webhook|MCP)/],
  [/^pgp\./, /^(rdbms|jdbc|mongodb|dynamodb|mcp|wrapper)$/],
  [/^(blob|blobKeyPath|deleteAfterImport)$/, /^(?!HTTP|FTP|S3|FileSystem)/],
  [/^file\.(backupPath|output|filter|sortFilesBy|fileDefinition\.allowPartialSuccess|append|skipRename)$/, /^HTTP/],
  [/^file\.(append|backupPath|skipRename)$/, /^S3/],
  [/^file\.skipRename$/, /^FileSystem/],
  [/^delta\.dateField$/, /^(?!Wrapper)/],
  [/^once\.booleanField$/, /^(?!Wrapper|Mongodb|Dynamodb)/],
  [/^type$|^test\.|^delta\.|^once\./, /^(Webhook|Simple)/],
  [/^(delta|once)\./, /^(FTP|S3|FileSystem|MCP)/],
  [/^test\.|^pageSize$/, /^Webhook/],
  [/^ignore(Existing|Missing)$/, /^(FTP|S3|FileSystem|MCP|Tool|Wrapper)/],
]

/** Words of a choice that this server does nothing with, or that are said by the kind already. */
export const notOffered: Readonly<Record<string, readonly string[]>> = {
  'http.auth.type': ['specific', 'jwt'],
  'rdbms.queryType.0': ['INSERT', 'UPDATE'],
  'file.pgp.symmetricKeyAlgorithm': ['twofish'],
}

/** Of these the server uses no other. */
export const onlyOffered: Readonly<Record<string, readonly string[]>> = { 'jdbc.type': ['sqlserver', 'oracle:thin'] }

/** What an export can be of each kind, as the server runs it. */
export const exportTypes: readonly (readonly [kinds: RegExp, types: readonly string[]])[] = [
  [/^HTTP/, ['test', 'delta', 'once', 'blob']],
  [/^(RDBMS|JDBC|Mongodb|Dynamodb|Wrapper)/, ['test', 'delta', 'once']],
  [/^(FTP|S3|FileSystem)/, ['test', 'blob']],
  [/^/, ['test']],
]
