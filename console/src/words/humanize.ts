/** What fields are called that have no word of their own. */

/** Words that are written otherwise than their letters say. */
const spellings: Readonly<Record<string, string>> = {
  uri: 'URI',
  url: 'URL',
  id: 'id',
  csv: 'CSV',
  json: 'JSON',
  xml: 'XML',
  pgp: 'PGP',
  ssl: 'SSL',
  aws: 'AWS',
  ca: 'CA',
  pfx: 'PFX',
  jwt: 'JWT',
  edi: 'EDI',
  xlsx: 'XLSX',
  iclient: 'iClient',
}

/** Names that say too little by themselves. */
const names: Readonly<Record<string, string>> = {
  authURI: 'Authorization URL',
  tokenURI: 'Token URL',
  clientId: 'Client ID',
  page_of_records: 'Mock output',
  verify: 'How senders prove who they are',
}

/** What a field is called that has no word of its own: its name, written as people write. */
export function humanize(path: string): string {
  const name = path.split('.').findLast((each) => !/^\d+$/.test(each)) ?? path
  const known = names[name]
  if (known !== undefined) return known
  const parts = name
    .replace(/^_/, '')
    .replace(/Ids?$/, '')
    .replaceAll(/iClient/g, 'Iclient')
    .split(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .map((each) => spellings[each.toLowerCase()] ?? each.toLowerCase())
  const text = parts.join(' ')
  return /^i[A-Z]/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1)
}
