/** A file on the disk of the server without a name: it is gone when the process that wrote it ends, however that happens. */
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `purpose` is part of the name that the file has until it is unlinked. */
export async function openNameless(purpose: string): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), `sluice-${purpose}-`))
  try {
    return await open(join(folder, 'content'), 'wx+', 0o600)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Behind what was written before, which has so many bytes. */
export async function writeAt(handle: FileHandle, content: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < content.length;) at += (await handle.write(content, at, content.length - at, position + at)).bytesWritten
}

/** A quota, or a bound of the file's own, is reached like the end of the disk. */
export const isDiskFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '')
