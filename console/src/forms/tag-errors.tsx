/** Tags errors; a tag that there is not yet can be made on the way. */
import { useState } from 'react'
import { call } from '../api/client.ts'
import { queryClient, refresh, useLater } from '../api/queries.ts'
import { errorWords } from '../words/errors.ts'
import { TextField } from '../parts/field.tsx'
import { Unsaved } from '../parts/unsaved.tsx'
import { FormDialog } from './form-dialog.tsx'
import { useSavedForm } from './use-form.ts'

interface TagErrorsProps {
  readonly onTag: (tagIds: string[]) => Promise<void>
  readonly onClose: () => void
}

export function TagErrorsForm({ onTag, onClose }: TagErrorsProps) {
  const tags = useLater('listTags', {}).data ?? []
  const [chosen, setChosen] = useState<readonly string[]>([])
  const { register, setValue, frame, formState } = useSavedForm({ tag: '' }, async ({ tag }) => {
    const tagIds = [...chosen]
    if (tag.trim()) {
      const { tagId } = await call('createTag', { body: { tag: tag.trim() } })
      if (tagId !== undefined) tagIds.push(tagId)
      // Where the errors are refused it is one of those to choose from.
      setChosen(tagIds)
      setValue('tag', '')
      await refresh(queryClient, ['listTags'])
    }
    await onTag(tagIds)
    onClose()
  })
  return (
    <FormDialog title={errorWords.tag} action={errorWords.tag} {...frame} onClose={onClose}>
      <Unsaved isChanged={chosen.length > 0} isSaving={formState.isSubmitting} />
      <p className="soft">{errorWords.tagHint}</p>
      <ul className="choices">
        {tags.map(({ tagId = '', tag }) => (
          <li key={tagId}>
            <label className="choice">
              <input
                type="checkbox"
                checked={chosen.includes(tagId)}
                onChange={() => setChosen(chosen.includes(tagId) ? chosen.filter((id) => id !== tagId) : [...chosen, tagId])}
              />
              <span className="choice-text">{tag}</span>
            </label>
          </li>
        ))}
      </ul>
      <TextField label={errorWords.newTag} {...register('tag')} error={formState.errors.tag?.message} />
    </FormDialog>
  )
}
