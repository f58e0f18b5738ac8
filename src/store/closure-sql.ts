/** What belongs to documents, and to that in turn, as the text of statements. Costs what is found, whatever else the account holds. */

/** Where the parameters of a statement stand. */
interface ClosureParameters {
  readonly env: string
  /** Types that belong by being used. */
  readonly used: string
  /** Types whose documents belong to the integration that they name. */
  readonly owned: string
  /** Patterns of the paths of references that draw nothing in. */
  readonly unless: string
}

/** Of the paths of fields whose names begin so, wherever they stand. As one regular expression it would take a fifth of a whole statement. */
export const pathPatterns = (fields: readonly string[]): readonly string[] =>
  fields.flatMap((field) => [`${field}%`, `%.${field}%`]).map((pattern) => pattern.replaceAll('_', String.raw`\_`))

/** A document in use, looked up by the key that `key` holds, in a select of its own with a limit: as a join it would be planned by the size of the whole table. */
export const documentAt = (env: string, key: string, columns: string): string => `
  (select ${columns} from sluice.documents d
   where d.env_id = ${env} and d.collection = ${key}.collection and d._id = ${key}._id and d.deleted_at is null limit 1)`

/** `columns` of the documents that `roots` selects, and of all that belongs to them; what documents of the type `ends` use does not. */
export const closureText = (
  { env, used, owned, unless }: ClosureParameters,
  columns: readonly string[],
  roots: string,
  ends?: string,
): string => {
  const names = columns.map((column) => column.replace(/^.* as |^d\./, ''))
  return `
  reached (${names.join(', ')}) as (
    ${roots}
    union
    select ${names.map((name) => `d.${name}`).join(', ')} from reached r
      cross join lateral (
        select e.to_collection as collection, e.to_id as _id from sluice.edges e
        where e.env_id = ${env} and e.from_collection = r.collection and e.from_id = r._id and e.to_collection = any(${used}) and e.path not like all(${unless})
          ${ends ? `and r.collection <> '${ends}'` : ''}
        union all
        select e.from_collection, e.from_id from sluice.edges e
        where r.collection = 'integrations' and e.env_id = ${env} and e.to_collection = 'integrations' and e.to_id = r._id
          and e.from_collection = any(${owned}) and e.path = '_integrationId') next
      cross join lateral ${documentAt(env, 'next', columns.join(', '))} d)`
}
