/** Chooses whether a document is edited by its form or as JSON. */
import { words } from '../words.ts'
import { Switch } from './page.tsx'

export const FormOrJson = ({ isForm, onChange }: { readonly isForm: boolean; readonly onChange: (as: 'form' | 'json') => void }) => (
  <div>
    <Switch
      label={words.editor.view}
      value={isForm ? 'form' : 'json'}
      onChange={onChange}
      options={[
        { value: 'form', label: words.editor.form },
        { value: 'json', label: words.editor.json },
      ]}
    />
  </div>
)
