/** Pictures of every page, light and dark, as small WebP files: for the documentation, and for reviewing what a change did. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { ConsoleWorld } from '../harness/console.ts'
import { listPages, settle, type ConsolePage } from './pages.ts'

const quality = 0.86
/** In milliseconds. */
const lateMs = 500

export async function takeScreenshots(
  world: ConsoleWorld,
  folder: string,
  pages: readonly ConsolePage[] = listPages(world),
): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const { name, path, who, prepare } of pages) {
    const page = await world.open(path, who)
    await settle(page)
    await prepare?.(page)
    // What comes later, such as the counts of errors, has no place of its own until it is there.
    await page.waitForTimeout(lateMs)
    await takePicture(page, folder, name)
  }
}

/** What is in sight, light and dark. */
export async function takePicture(page: Page, folder: string, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const png = await page.screenshot({ animations: 'disabled' })
    await writeFile(join(folder, `${name}-${colorScheme}.webp`), await toWebP(page, png))
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

/** By the browser itself, which knows how. */
async function toWebP(page: Page, png: Buffer): Promise<Buffer> {
  const made = await page.evaluate<string>(`(async () => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(png.toString('base64'))}), (character) => character.charCodeAt(0))
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const canvas = new OffscreenCanvas(picture.width, picture.height)
    canvas.getContext('2d').drawImage(picture, 0, 0)
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: ${quality} })
    return btoa(Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''))
  })()`)
  return Buffer.from(made, 'base64')
}
