/** What the choices of a field are called. What is not here is written as people write: `per_record` is Per record. */
import { humanize } from './humanize.ts'

/** Where a word means something else than in other fields. */
const ofField: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'http.paging.method': {
    page: 'Page number',
    skip: 'Number of records to skip',
    token: 'Token',
    url: 'Address in the answer',
    relativeuri: 'Relative URI',
    body: 'Body',
    linkheader: 'Link header',
  },
}

const everywhere: Readonly<Record<string, string>> = {
  json: 'JSON',
  xml: 'XML',
  csv: 'CSV',
  xlsx: 'XLSX',
  urlencoded: 'URL-encoded form',
  'form-data': 'Multipart form',
  plaintext: 'Plain text',
  'octet-stream': 'Bytes',
  oauth: 'OAuth 2.0',
  oauth1: 'OAuth 1.0',
  wsse: 'WSSE',
  hmac: 'HMAC',
  jwtbearer: 'JWT bearer',
  url: 'URL',
  secret_url: 'Secret URL',
  queryParam: 'Query parameter',
  authorizecode: 'Authorization code',
  clientcredentials: 'Client credentials',
  basicauthheader: 'Basic header',
  accesskey: 'Access key',
  awsIam: 'AWS IAM',
  mysql: 'MySQL',
  postgresql: 'PostgreSQL',
  mssql: 'Microsoft SQL Server',
  sqlserver: 'Microsoft SQL Server',
  bigquery: 'Google BigQuery',
  redshift: 'Amazon Redshift',
  mariadb: 'MariaDB',
  azuresynapse: 'Azure Synapse',
  'azure-service-principal': 'Azure service principal',
  ftp: 'FTP',
  sftp: 'SFTP',
  ftps: 'FTPS',
  filedefinition: 'File definition',
  utf8: 'UTF-8',
  ucs2: 'UCS-2',
  'utf-16le': 'UTF-16LE',
  ascii: 'ASCII',
  win1252: 'Windows-1252',
  gb18030: 'GB 18030',
  macroman: 'Mac OS Roman',
  iso88591: 'ISO 8859-1',
  shiftjis: 'Shift JIS',
  gzip: 'gzip',
  zip: 'ZIP',
  pgp: 'PGP',
  fixed: 'Fixed width',
  'delimited/x12': 'EDI X12',
  'delimited/edifact': 'EDIFACT',
  edix12: 'EDI X12',
  edifact: 'EDIFACT',
  blobKeys: 'Blob keys',
  stringarray: '[String]',
  numberarray: '[Number]',
  booleanarray: '[Boolean]',
  objectarray: '[Object]',
  arrayarray: '[Array]',
  github: 'GitHub',
  pagerduty: 'PagerDuty',
  hubspot: 'HubSpot',
  activecampaign: 'ActiveCampaign',
  surveymonkey: 'SurveyMonkey',
  CREATE: 'Create',
  UPDATE: 'Update',
  template_zip: 'Template archive',
}

/** Names of algorithms: `hmac-sha256`. */
const isAlgorithm = /^(?:hmac|rsa|sha|es|ps|aes|cast|3des)[-\d]/
/** Names that are written as they are: `GET`, `Node.js`, `us-east-1`. */
const isAsWritten = /[\dA-Z]/

export function nameOption(path: string, value: string): string {
  const own = ofField[path]?.[value] ?? everywhere[value]
  if (own !== undefined) return own
  if (isAlgorithm.test(value)) return value.toUpperCase()
  if (path === 'adaptorType') return value.replace(/(?:Export|Import)$/, '')
  // camelCase is a word of several.
  return isAsWritten.test(value) && !/^[a-z]+(?:[A-Z][a-z]+)+$/.test(value) ? value : humanize(value.replaceAll(/[_-]/g, ' '))
}
