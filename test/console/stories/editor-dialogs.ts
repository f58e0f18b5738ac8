/** Somebody edits parts of a step in the dialogs of the flow builder: rows by their menus, functions of two hooks, the script of a branching. */
import { expect, test } from 'vitest'
import type { ConsoleWorld } from '../../harness/console.ts'
import { graphOf } from './building.ts'

export function tellEditorDialogs(world: ConsoleWorld): void {
  const readScript = async (_id: string) => (await world.client.call('getScript', { params: { _id } })).content
  /** A flow of the demo's export and a new import. */
  async function makeFlow(name: string, more: object = {}): Promise<{ readonly flow: string; readonly import: string }> {
    const made = await world.client.call('createImport', {
      body: {
        name: `${name}: import`,
        _connectionId: world.connectionId,
        adaptorType: 'HTTPImport',
        http: { method: ['POST'], relativeURI: ['/returns'] },
        ...more,
      },
    })
    const { _id } = await world.client.call('createFlow', {
      body: {
        name,
        pageGenerators: [{ _exportId: world.built.export }],
        pageProcessors: [{ type: 'import', _importId: made._id }],
      },
    })
    return { flow: _id, import: made._id }
  }

  test('the menu of a row is reached within the dialog of the mapping', async () => {
    const mappings = [{ generate: 'key', dataType: 'string', extract: '$.number', status: 'Active' }]
    const made = await makeFlow('By menus', { mappings })
    const page = await world.open(`/flows/${made.flow}`)
    await graphOf(page).getByRole('link', { name: 'By menus: import', exact: true }).click()
    await page.getByRole('button', { name: 'Edit mapping', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit mapping' })
    const rows = dialog.getByRole('textbox', { name: 'Name of key' })
    await dialog.getByRole('button', { name: 'More actions: key' }).click()
    await page.getByRole('menuitem', { name: 'Duplicate' }).click()
    await expect.poll(() => rows.count()).toBe(2)
    await dialog.getByRole('button', { name: 'More actions: key' }).last().focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Delete' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'detached' })
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('button', { name: 'Save flow' }).click()
    await page.getByText('The flow is saved.').last().waitFor()
    expect((await world.client.call('getImport', { params: { _id: made.import } })).mappings).toEqual([...mappings, ...mappings])
  })

  test('the text of a function stays while another hook is looked at, and is saved with what is applied', async () => {
    const { _id: _scriptId } = await world.client.call('createScript', {
      body: { name: 'Two functions', content: 'function before(options) {\n  return options.data.map((data) => ({ data }))\n}\n' },
    })
    const made = await makeFlow('By hooks', { hooks: { preMap: { _scriptId, function: 'before' } } })
    const page = await world.open(`/flows/${made.flow}`)
    await graphOf(page).getByRole('link', { name: 'By hooks: import', exact: true }).click()
    await page.getByRole('button', { name: 'Edit hooks' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit hooks' })
    const text = dialog.getByRole('textbox', { name: 'Script', exact: true }).and(page.locator('[contenteditable]'))
    await text.fill('function before(options) {\n  return options.data.map(() => ({ data: { of: "the dialog" } }))\n}\n')
    await dialog.getByRole('button', { name: 'postMap' }).click()
    await text.waitFor({ state: 'detached' })
    await dialog.getByRole('button', { name: 'preMap' }).click()
    await text.getByText('the dialog').waitFor()
    const asked = new Promise<string>((resolve) =>
      page.once('dialog', (question) => {
        resolve(question.message())
        void question.dismiss()
      }),
    )
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect(await asked).toContain('not saved')
    await dialog.getByRole('button', { name: 'Apply and save script' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await readScript(_scriptId)).toContain('the dialog')
  })

  test('a script that somebody else saved first is not saved over, and both versions are shown', async () => {
    const content = 'function before(options) {\n  return options.data\n}\n'
    const { _id: _scriptId } = await world.client.call('createScript', { body: { name: 'Of two people', content } })
    const made = await makeFlow('By two people', { hooks: { preMap: { _scriptId, function: 'before' } } })
    const page = await world.open(`/flows/${made.flow}`)
    await graphOf(page).getByRole('link', { name: 'By two people: import', exact: true }).click()
    await page.getByRole('button', { name: 'Edit hooks' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit hooks' })
    const text = dialog.getByRole('textbox', { name: 'Script', exact: true }).and(page.locator('[contenteditable]'))
    await text.fill(`${content}// mine`)
    await world.client.call('updateScript', { params: { _id: _scriptId }, body: { name: 'Of two people', content: `${content}// theirs` } })
    await dialog.getByRole('button', { name: 'Apply and save script' }).click()
    const conflict = page.getByRole('dialog', { name: 'Somebody else saved first' })
    await conflict.getByText('// theirs').waitFor()
    expect(await readScript(_scriptId)).toContain('// theirs')
    await conflict.getByRole('button', { name: 'Save this choice' }).click()
    await page.getByText('Of two people is saved.').waitFor()
    // What is said lies above the dialog that is still open.
    expect(await page.evaluate("document.querySelector('.notices').matches(':popover-open')")).toBe(true)
    expect(await readScript(_scriptId)).toContain('// mine')
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await dialog.waitFor({ state: 'detached' })
  })

  test('the function of a branching is written and tried on a record, with the options that a run hands it', async () => {
    const made = await makeFlow('By script')
    const flow = await world.client.call('getFlow', { params: { _id: made.flow } })
    const { pageProcessors, ...rest } = flow
    const branches = [{ name: 'All', pageProcessors }, { name: 'None' }]
    await world.client.call('updateFlow', {
      params: { _id: made.flow },
      body: { ...rest, routers: [{ id: 'parts', routeRecordsUsing: 'input_filters', branches }] } as never,
    })
    const page = await world.open(`/flows/${made.flow}?at=router-0`)
    const panel = page.getByRole('complementary', { name: 'Branching' })
    await panel.getByRole('combobox', { name: 'Which branch fits is decided by' }).selectOption({ label: 'A script' })
    await panel.getByRole('button', { name: 'Edit branching script' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit branching script' })
    await dialog.getByRole('button', { name: 'New script' }).click()
    const text = dialog.getByRole('textbox', { name: 'Script', exact: true }).and(page.locator('[contenteditable]'))
    await text.fill('function branching(options) {\n  return options.record ? ["All"] : []\n}\n')
    const asked = page.waitForRequest((request) => request.postData()?.includes('"function":"branching"') ?? false)
    await dialog.getByRole('button', { name: 'Run', exact: true }).click()
    await dialog.getByRole('region', { name: 'Returned' }).getByText('"All"').first().waitFor()
    const { options } = (await asked).postDataJSON() as { options: object }
    expect(options).toEqual({ record: expect.any(Object), _flowId: made.flow, settings: expect.any(Object), testMode: true })
    await dialog.getByRole('button', { name: 'Apply and save script' }).click()
    await panel.getByText('The function branching names the branches of each record').waitFor()
    await page.getByRole('button', { name: 'Save flow' }).click()
    await page.getByText('The flow is saved.').last().waitFor()
    const [router] = (await world.client.call('getFlow', { params: { _id: made.flow } })).routers ?? []
    expect(router).toMatchObject({ routeRecordsUsing: 'script', script: { function: 'branching' } })
    expect(await readScript(router?.script?._scriptId ?? '')).toContain('["All"]')
  })
}
