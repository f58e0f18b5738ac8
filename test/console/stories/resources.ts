/** Somebody works with single documents and with the account: makes and changes one, sees who uses it, deletes it and brings it back, invites somebody who then sees no more than they may. */
import { expect, test } from 'vitest'
import { addUser } from '../../../src/domain/accounts/accounts.ts'
import { signIn, type ConsoleWorld } from '../../harness/console.ts'

export function tellResources(world: ConsoleWorld): void {
  test('makes a script, changes it, deletes it, and brings it back from the bin', async () => {
    const page = await world.open('/resources/scripts')
    await page.getByRole('button', { name: 'Create script' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'JSON' }).click()
    const editor = page
      .getByRole('dialog')
      .getByRole('textbox', { name: 'Definition of the script' })
      .and(page.locator('[contenteditable]'))
    await editor.fill('{ "name": 7 }')
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
    await page.getByRole('dialog').getByRole('alert').waitFor()
    await editor.fill('{ "name": "Round prices", "content": "function round() {}" }')
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'Round prices' }).waitFor()
    await page.getByRole('button', { name: 'JSON' }).click()
    const definition = page.getByRole('textbox', { name: 'Definition of the script' }).and(page.locator('[contenteditable]'))
    await definition.fill((await definition.innerText()).replace('Round prices', 'Round all prices'))
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Round all prices' }).waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Round all prices is in the recycle bin.').waitFor()
    await page.goto('/recycle-bin')
    await page.getByRole('button', { name: 'More actions: Round all prices' }).click()
    await page.getByRole('menuitem', { name: 'Restore' }).click()
    await page.getByText('Round all prices is back: 1 document restored.').waitFor()
    expect(await world.client.call('listScripts', { query: { name: 'Round all prices' } })).toHaveLength(1)
  })

  test('a long list reads the page again that has the script somebody changed, and all of it once one is gone', async () => {
    const ids: string[] = []
    for (let begin = 0; begin < 240; begin += 20) {
      const made = Array.from({ length: 20 }, (_, i) => {
        const name = `Of many ${String(begin + i).padStart(3, '0')}`
        return world.client.call('createScript', { body: { name, content: 'function one() {}' } })
      })
      ids.push(...(await Promise.all(made)).map(({ _id }) => _id))
    }
    const page = await world.newPage()
    await signIn(page, world.client.token)
    await page.goto('/resources/scripts?q=Of+many')
    await page.getByRole('link', { name: 'Of many 000' }).waitFor()
    const asked: string[] = []
    const last = page.getByRole('link', { name: 'Of many 239' })
    const row = page.getByRole('link', { name: 'Of many 001' })
    await row.hover()
    await expect
      .poll(async () => {
        await page.mouse.wheel(0, 4000)
        return last.count()
      })
      .toBe(1)
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url())
      if (pathname === '/v1/scripts') asked.push(searchParams.get('skip') ?? '0')
    })
    // What was made above may still be in events.
    let quiet = 0
    for (let seen = -1; quiet < 3; quiet = seen === asked.length ? quiet + 1 : 0) {
      seen = asked.length
      await page.waitForTimeout(1000)
    }
    asked.length = 0
    const [params, name] = [{ _id: ids[239] ?? '' }, 'Of many 239, renamed']
    await world.client.call('updateScript', { params, body: { name, content: 'function one() {}' } })
    await page.getByRole('link', { name }).waitFor()
    expect(asked).toEqual(['200'])
    await world.client.call('deleteScript', { params: { _id: ids[238] ?? '' } })
    await page.getByRole('link', { name: 'Of many 238' }).waitFor({ state: 'detached' })
    expect(asked.slice(-2)).toEqual(['0', '200'])
    await page.context().close()
  })

  test('deletes a document for good from the bin, and nothing brings it back', async () => {
    const { _id } = await world.client.call('createScript', { body: { name: 'Of no use', content: '' } })
    await world.client.call('deleteScript', { params: { _id } })
    const page = await world.open('/recycle-bin?type=scripts')
    await page.getByRole('button', { name: 'More actions: Of no use' }).click()
    await page.getByRole('menuitem', { name: 'Delete for good' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete Of no use for good?' })
    await dialog.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByRole('button', { name: 'More actions: Of no use' }).waitFor({ state: 'detached' })
    const left = await world.client.call('listRecycleBin', { query: { type: 'scripts' } })
    expect(left.filter(({ doc }) => (doc as { _id?: string })._id === _id)).toEqual([])
  })

  test('makes a tag, a stack and an environment, and works in that environment', async () => {
    const page = await world.open('/resources/tags')
    const make = async (one: string, fields: Readonly<Record<string, string>>) => {
      await page.getByRole('button', { name: `Create ${one}` }).click()
      const dialog = page.getByRole('dialog')
      for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label).first().fill(value)
      await dialog.getByRole('button', { name: 'Create', exact: true }).click()
      await dialog.waitFor({ state: 'detached' })
    }
    await make('tag', { Tag: 'of the month' })
    expect((await world.client.call('listTags', {})).map(({ tag }) => tag)).toContain('of the month')
    await page.goto('/resources/stacks')
    await make('stack', { Name: 'Functions of our own', 'Host URI': 'https://functions.example' })
    await page.getByRole('heading', { name: 'Functions of our own' }).waitFor()
    await page.goto('/resources/environments')
    await make('environment', { Name: 'For trials' })
    await page.getByRole('button', { name: /^Switch environment or account/ }).click()
    await page.getByRole('menuitem', { name: 'For trials' }).click()
    await page.getByRole('heading', { name: 'Home' }).waitFor()
    const environments = await world.client.call('listEnvironments', {})
    expect(new URL(page.url()).searchParams.get('env')).toBe(environments.find(({ name }) => name === 'For trials')?._id)
    expect(await page.getByRole('link', { name: 'Shop to warehouse' }).count()).toBe(0)
  })

  test('sees who uses an import before it is deleted', async () => {
    const page = await world.open(`/resources/imports/${world.built.import}?tab=uses`)
    await page.getByRole('link', { name: 'Orders to shipments' }).waitFor()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByText('In use by 1 document. What uses it stops working:').waitFor()
    await page.keyboard.press('Escape')
  })

  test('records what goes over the wire of a connection, and sees it with its secrets masked', async () => {
    const page = await world.open(`/resources/connections/${world.connectionId}/debug`)
    await page.getByRole('button', { name: 'Record for 15 minutes' }).click()
    await page.getByText('Recorded until').waitFor()
    await world.client
      .call('invokeImport', { params: { _id: world.built.import }, body: { data: [{ number: 'SO-1', lines: [] }] } as never })
      .catch(() => {})
    const lines = page.getByRole('region', { name: 'Debug' })
    await lines.getByText('/shipments').waitFor()
    expect(await lines.innerText()).not.toContain(world.warehouse.password)
    await page.getByRole('button', { name: 'Stop recording' }).click()
    await page.getByText('Nothing is recorded at the moment.').waitFor()
  })

  test('makes a token, which is shown once, and revokes it', async () => {
    const page = await world.open('/access-tokens')
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.getByLabel('Name').fill('pipeline')
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click()
    const token = await page.getByRole('region', { name: 'Access token' }).innerText()
    expect(token.trim().length).toBeGreaterThan(20)
    // As on a page that was not sent over HTTPS: there the browser has no clipboard to write to.
    await page.evaluate(`
      Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })
      document.addEventListener('copy', () => (window.copied = document.activeElement.value), { once: true })`)
    await page.getByRole('dialog').getByRole('button', { name: 'Copy' }).click()
    await page.getByText('Copied.').waitFor()
    expect(await page.evaluate('window.copied')).toBe(token.trim())
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('button', { name: 'More actions: pipeline' }).click()
    await page.getByRole('menuitem', { name: 'Revoke' }).click()
    await page.getByRole('dialog', { name: 'Revoke pipeline?' }).getByRole('button', { name: 'Revoke' }).click()
    await page
      .getByRole('row', { name: /pipeline/ })
      .getByText('Revoked')
      .waitFor()
  })

  test('invites a monitor, who sees the account and no button that would be refused', async () => {
    const page = await world.open('/users')
    await page.getByRole('button', { name: 'Invite user' }).click()
    await page.getByLabel('Email').fill('night@example.com')
    await page.getByRole('dialog').getByRole('button', { name: 'Invite user' }).click()
    await page.getByRole('table', { name: 'Users' }).getByText('night@example.com').waitFor()
    const { token } = await addUser(world.api.world, 'night@example.com')
    const theirs = await world.newPage()
    await signIn(theirs, token)
    await theirs.goto('/users')
    await theirs.getByRole('button', { name: 'Accept' }).click()
    await theirs.getByRole('button', { name: 'Accept' }).waitFor({ state: 'detached' })
    await theirs.getByRole('button', { name: /Switch environment or account/ }).click()
    await theirs.getByRole('menuitem', { name: 'Owner' }).click()
    await theirs.getByRole('link', { name: 'Shop to warehouse' }).click()
    await theirs.getByRole('button', { name: 'Run Orders to shipments' }).waitFor()
    expect(await theirs.getByRole('switch', { name: 'Enable Orders to shipments' }).isDisabled()).toBe(true)
    expect(new URL(theirs.url()).searchParams.has('account')).toBe(true)
    await theirs.getByRole('link', { name: 'Admin' }).click()
    await theirs.getByRole('heading', { name: 'Readme' }).waitFor()
    expect(await theirs.getByRole('button', { name: /Delete|Clone|Upload|Edit/ }).count()).toBe(0)
    // They are removed once somebody has said so.
    const users = await world.open('/users')
    const theirRow = users.getByRole('table', { name: 'Users' }).getByText('night@example.com')
    const askToRemove = async () => {
      await users.getByRole('button', { name: 'More actions: night@example.com' }).click()
      await users.getByRole('menuitem', { name: 'Remove' }).click()
      return users.getByRole('dialog', { name: 'Remove night@example.com?' })
    }
    await (await askToRemove()).getByRole('button', { name: 'Cancel' }).click()
    await theirRow.waitFor()
    await (await askToRemove()).getByRole('button', { name: 'Remove' }).click()
    await theirRow.waitFor({ state: 'detached' })
  })
}
