/** How an export over HTTP gets from one page of the application to the next, and how it knows the last one. */
import { choice, integer, optional, object, text, texts } from '../../shared/schema-helpers.ts'

export const paging = object(
  'How the next page of the application is asked for. One request where it is absent.',
  optional({
    method: choice(
      ['linkheader', 'page', 'skip', 'token', 'url', 'relativeuri', 'body'],
      'What leads to the next page: a Link header, a page number, a number of records to skip, a token, a full address in the answer, or a templated address or body.',
    ),
    page: integer('First page number, for `page`. 0 where it is absent.'),
    skip: integer('Records to skip at first, for `skip`. 0 where it is absent.'),
    token: text('Token of the first request, for `token`.'),
    path: text('Path in the answer of the token or address of the next page, for `token` and `url`.'),
    pathLocation: choice(['body', 'header'], 'Where the answer holds it. The body where it is absent.'),
    pathAfterFirstRequest: text('Path of the token from the second answer on, where it differs.'),
    relativeURI: text(
      'Address from the second request on, after the base URI. Handlebars, with `export.http.paging` and the previous answer in scope.',
    ),
    body: text('Body from the second request on. Handlebars.'),
    linkHeaderRelation: text('Relation of the link to follow, for `linkheader`.', { default: 'next' }),
    resourcePath: text('Path of the records from the second answer on, where it differs.'),
    lastPageStatusCode: integer('Status that means there are no more pages.', { default: 404 }),
    lastPagePath: text('Path in the answer that shows the last page.'),
    lastPageValues: texts('Values at that path that mean the last page; an empty value does where it is absent.'),
    maxPagePath: text('Path in the answer of the number of pages, for `page`.'),
    maxCountPath: text('Path in the answer of the number of records, for `page` and `skip`.'),
  }),
)
