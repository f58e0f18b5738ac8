/** Files that are sent to a data loader: an export of the type `simple`, whose flow reads them when it runs next. */
import { Type } from 'typebox'
import { dateTime, objectId } from '../../kit.ts'
import type { Operation } from '../../operation.ts'

/** Of one file. Bytes. */
export const maxUploadBytes = 1024 ** 3
/** Files of one export that wait at the same time. */
export const maxUploads = 100

const upload = Type.Object(
  {
    _id: objectId({ description: 'Id of the file.' }),
    fileName: Type.String({ description: 'Its name.' }),
    bytes: Type.Integer({ minimum: 0, description: 'So much of it is here: where the next part begins.' }),
    complete: Type.Boolean({ description: 'Whether all of it is here. Runs read complete files alone.' }),
    createdAt: dateTime({ description: 'When it was begun.' }),
    expiresAt: dateTime({ description: 'When it is removed, unless a run has read it before.' }),
  },
  { description: 'A file for a data loader.' },
)
const ofExport = Type.Object({ _id: objectId({ description: 'Id of the export.' }) })
const ofFile = Type.Object({ _id: objectId({ description: 'Id of the export.' }), _fileId: objectId({ description: 'Id of the file.' }) })
const common = { tag: 'exports', extent: 'environment', extension: true } as const

export const uploads = {
  createUpload: {
    ...common,
    method: 'POST',
    path: '/v1/exports/:_id/files',
    summary: 'Begin to send a file to a data loader',
    description: `Of an export of the type \`simple\`. Its content follows in parts. At most ${maxUploads} files wait at the same time; one that no run reads is removed after 30 days.`,
    access: 'manage',
    params: ofExport,
    body: Type.Object({
      fileName: Type.String({
        minLength: 1,
        maxLength: 255,
        pattern: String.raw`^[^/\\\u0000-\u001f]+$`,
        description: 'Its name, without a path.',
      }),
    }),
    status: 201,
    result: upload,
    errors: ['not_found', 'missing_required_field', 'invalid_field', 'upload_refused'],
  },
  appendUpload: {
    ...common,
    method: 'PUT',
    path: '/v1/exports/:_id/files/:_fileId',
    summary: 'Send a part of a file',
    description:
      'The next bytes of the file, 32 MB at the most, 1 GB in all. `offset` is how much of it is here already: a part that begins elsewhere is refused (409), so whoever was cut off asks for the file and goes on at its `bytes`. With `complete` the file is ready for the next run.',
    access: 'manage',
    params: ofFile,
    query: Type.Object(
      {
        offset: Type.Integer({ minimum: 0, description: 'Where in the file the part begins. Bytes.' }),
        complete: Type.Optional(Type.Boolean({ description: 'Whether it is the last part.' })),
      },
      { additionalProperties: false },
    ),
    bodyType: 'application/octet-stream',
    body: Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary', description: 'The part.' }),
    status: 200,
    result: upload,
    errors: ['not_found', 'invalid_query_params', 'upload_refused', 'upload_offset', 'too_many_at_once'],
  },
  listUploads: {
    ...common,
    method: 'GET',
    path: '/v1/exports/:_id/files',
    summary: 'List the files that wait for a data loader',
    description: 'In the order in which they were begun. A file is gone once the last page of it has been through the flow.',
    access: 'monitor',
    params: ofExport,
    status: 200,
    result: Type.Array(upload),
    errors: ['not_found'],
  },
  deleteUpload: {
    ...common,
    method: 'DELETE',
    path: '/v1/exports/:_id/files/:_fileId',
    summary: 'Remove a file that waits for a data loader',
    access: 'manage',
    params: ofFile,
    status: 204,
    errors: ['not_found'],
  },
} as const satisfies Record<string, Operation>
