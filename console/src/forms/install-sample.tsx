/** Builds the sample integration of the demo, between the shop and the warehouse that come with Sluice, by the API as anybody would. */
import { useNavigate } from '@tanstack/react-router'
import { call, type CallInput } from '../api/client.ts'
import { queryClient, refresh } from '../api/queries.ts'
import { words } from '../words.ts'
import { beginningWords } from '../words/beginnings.ts'
import { sampleWords } from '../words/sample.ts'
import { paths } from '../paths.ts'
import { TextField } from '../parts/field.tsx'
import { notify } from '../parts/notices.tsx'
import { buildSample, sampleConnections, type SamplePlaces } from './build-sample.ts'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

/** Where `npm run shop` starts both, and what they ask for. */
const asStarted: SamplePlaces = {
  shopURL: 'http://127.0.0.1:4001',
  shopToken: 'shop-token',
  warehouseURL: 'http://127.0.0.1:4002',
  warehouseUser: 'sluice',
  warehousePassword: 'warehouse-password',
}

export function InstallSampleForm({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate()
  const { register, frame, formState } = useSavedForm(asStarted, async (places) => {
    for (const connection of sampleConnections(places)) await requireAnswer(connection)
    const integration = await buildSample(places)
    await refresh(queryClient, ['listTiles', 'listIntegrations', 'listConnections'])
    notify(sampleWords.installed)
    onClose()
    await navigate({ to: paths.integrationFlows(integration) })
  })
  const field = (name: keyof SamplePlaces, type = 'text') => (
    <TextField
      label={sampleWords.fields[name]}
      type={type}
      autoComplete="off"
      required
      {...register(name)}
      error={formState.errors[name]?.message}
    />
  )
  return (
    <FormDialog title={words.begin.sample} action={beginningWords.begin.install} {...frame} onClose={onClose}>
      <p className="soft">{sampleWords.what}</p>
      <p>
        {sampleWords.start} <code>npm run shop</code>
      </p>
      <div className="columns">
        {field('shopURL')}
        {field('shopToken', 'password')}
      </div>
      {field('warehouseURL')}
      <div className="columns">
        {field('warehouseUser')}
        {field('warehousePassword', 'password')}
      </div>
    </FormDialog>
  )
}

/** Before anything is made: a sample whose flows cannot run shows nothing. */
async function requireAnswer(connection: CallInput<'createConnection'>['body']): Promise<void> {
  const { errors = [] } = await call('pingVirtualConnection', { body: connection })
  const [first] = errors
  if (first) throw new Error(sampleWords.silent(connection.name, first.message))
}
