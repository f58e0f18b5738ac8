/** What the pages of some types of documents have besides the definition: data, licences, installations, tokens. */
import { lazy, type ComponentType } from 'react'
import type { Collection } from '../../../../src/contract/resources/index.ts'
import type { OperationName } from '../../api/client.ts'
import { appWords } from '../../words/apps.ts'
import { dataWords } from '../../words/data.ts'
import { editorTabs } from './editor-tabs.ts'

export interface MoreTab {
  readonly value: string
  readonly label: string
  /** Users who may not call it do not see the tab. */
  readonly operation: OperationName
  readonly Content: ComponentType<{ readonly id: string }>
}

export const moreTabs: Partial<Record<Collection, readonly MoreTab[]>> = {
  ...editorTabs,
  lookupcaches: [
    {
      value: 'data',
      label: dataWords.cache.title,
      operation: 'getLookupCacheData',
      Content: lazy(async () => ({ default: (await import('./lookup-cache-data.tsx')).LookupCacheData })),
    },
  ],
  stacks: [
    {
      value: 'token',
      label: dataWords.stack.title,
      operation: 'getSystemToken',
      Content: lazy(async () => ({ default: (await import('./stack-token.tsx')).StackToken })),
    },
  ],
  connectors: [
    {
      value: 'licenses',
      label: appWords.licenses.title,
      operation: 'listConnectorLicenses',
      Content: lazy(async () => ({ default: (await import('./connector-licenses.tsx')).ConnectorLicenses })),
    },
    {
      value: 'installations',
      label: appWords.installBase.title,
      operation: 'listInstallBase',
      Content: lazy(async () => ({ default: (await import('./install-base.tsx')).InstallBase })),
    },
  ],
}
