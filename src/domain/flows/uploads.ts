/** Files that are sent to data loaders, in parts: each part is there as a whole or not at all, so a client that was cut off continues where the file ends. */
import type { Input, Result } from '../../contract/operation.ts'
import { maxUploadBytes, maxUploads, type uploads as operations } from '../../contract/operations/flows/uploads.ts'
import { recordAct } from '../audit/audit-entry.ts'
import { notFound } from '../documents/documents.ts'
import { DomainError } from '../errors.ts'
import type { Context } from '../context.ts'
import type { Upload } from '../ports/flows/uploads.ts'
import type { RowsOf } from '../ports/store.ts'

type Ops = typeof operations
type Told = Result<Ops['createUpload']>

/** How long a file waits for a run. Milliseconds. */
const waitsMs = 30 * 24 * 60 * 60 * 1000
/** Of all that an environment keeps on the way. Bytes. */
const maxKeptBytes = 20 * 1024 ** 3
/** Of one row. Bytes. */
const perPart = 1024 * 1024

const tell = ({ key, fileName, bytes, isComplete, createdAt, expiresAt }: Upload): Told => ({
  _id: key,
  fileName,
  bytes,
  complete: isComplete,
  createdAt,
  expiresAt,
})

const refuse = (message: string): DomainError => new DomainError('upload_refused', message)

/** Of another kind none is sent a file. */
async function findLoader(
  rows: RowsOf<'documents'>,
  { envId }: Context['caller'],
  id: string,
): Promise<{ readonly name?: string | undefined }> {
  const doc = (await rows.documents.find(envId, 'exports', id))?.doc
  if (!doc) throw notFound('exports')
  if (doc.type !== 'simple') throw refuse('Files are sent to exports of the type simple alone: this one fetches its records itself.')
  return doc
}

export async function createUpload(ctx: Context, { params, body }: Input<Ops['createUpload']>): Promise<Told> {
  const { envId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    const { name } = await findLoader(rows, ctx.caller, params._id)
    const waiting = await rows.uploads.list(envId, params._id)
    if (waiting.length >= maxUploads) throw refuse(`${maxUploads} files wait for this export already: run its flow, or remove some.`)
    const [key, now] = [ctx.newId(), ctx.now().getTime()]
    const times = { createdAt: new Date(now).toISOString(), expiresAt: new Date(now + waitsMs).toISOString() }
    await rows.blobs.add(envId, { key, fileName: body.fileName, ...times })
    await rows.uploads.add(envId, params._id, key)
    await recordAct(rows, ctx, { event: 'update', collection: 'exports', _id: params._id, name, details: { fileSent: key } })
    return { _id: key, fileName: body.fileName, bytes: 0, complete: false, ...times }
  })
}

export async function appendUpload(ctx: Context, { params, query, body }: Input<Ops['appendUpload']>): Promise<Told> {
  const { envId } = ctx.caller
  return ctx.store.transaction(async (rows) => {
    await findLoader(rows, ctx.caller, params._id)
    const found = await rows.uploads.lock(envId, params._id, params._fileId)
    if (!found) throw new DomainError('not_found', 'There is no such file: a run has read it, it was removed, or its time was over.')
    const { offset, complete = false } = query
    if (found.isComplete) throw refuse('The file is complete: nothing more is appended to it.')
    if (offset !== found.bytes)
      throw new DomainError(
        'upload_offset',
        `The part begins at ${offset}, and the file ends at ${found.bytes}: go on from there.`,
        'offset',
      )
    if (found.bytes + body.length > maxUploadBytes) throw refuse(`A file has ${maxUploadBytes / 1024 ** 2} MB at the most.`)
    if ((await rows.blobs.measure(envId)).bytes + body.length > maxKeptBytes)
      throw refuse(`The files that this environment keeps take ${maxKeptBytes / 1024 ** 3} GB: remove some, or let flows read them.`)
    for (let at = 0; at < body.length; at += perPart) await rows.blobs.addPart(envId, found.key, body.subarray(at, at + perPart))
    if (complete) await rows.uploads.complete(envId, params._id, found.key)
    return tell({ ...found, bytes: found.bytes + body.length, isComplete: complete })
  })
}

export async function listUploads(ctx: Context, { params }: Input<Ops['listUploads']>): Promise<Told[]> {
  const { envId } = ctx.caller
  if (!(await ctx.store.documents.find(envId, 'exports', params._id))) throw notFound('exports')
  return (await ctx.store.uploads.list(envId, params._id)).map(tell)
}

export async function deleteUpload(ctx: Context, { params }: Input<Ops['deleteUpload']>): Promise<undefined> {
  const { envId } = ctx.caller
  await ctx.store.transaction(async (rows) => {
    const entry = await rows.documents.find(envId, 'exports', params._id)
    if (!entry) throw notFound('exports')
    if (!(await rows.uploads.remove(envId, params._id, params._fileId, ctx.now().toISOString())))
      throw new DomainError('not_found', 'There is no such file.')
    const details = { fileRemoved: params._fileId }
    await recordAct(rows, ctx, { event: 'update', collection: 'exports', _id: params._id, name: entry.doc.name, details })
  })
  return undefined
}
