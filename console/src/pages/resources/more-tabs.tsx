/** What the pages of some types of documents have besides the definition: data, licences, installations, tokens. */
import { lazy, type ComponentType } from 'react'
import type { Collection } from '../../../../src/contract/resources/index.ts'
import type { OperationName } from '../../api/client.ts'
import { appWords } from '../../words/apps.ts'
import { dataWords } from '../../words/data.ts'
import { publishWords } from '../../words/publish.ts'
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
  apis: [
    {
      value: 'test',
      label: dataWords.test.title,
      operation: 'testApi',
      Content: lazy(async () => ({ default: (await import('./test-api.tsx')).TestApi })),
    },
  ],
  tools: [
    {
      value: 'test',
      label: dataWords.test.title,
      operation: 'testTool',
      Content: lazy(async () => ({ default: (await import('./test-tool.tsx')).TestTool })),
    },
  ],
  mcpservers: [
    {
      value: 'address',
      label: dataWords.mcp.title,
      operation: 'getMCPServer',
      Content: lazy(async () => ({ default: (await import('./mcp-address.tsx')).McpAddress })),
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
  templates: [
    {
      value: 'contents',
      label: publishWords.contentsTab,
      operation: 'previewCloneIntegration',
      Content: lazy(async () => ({ default: (await import('../publish/contents.tsx')).TemplateContents })),
    },
  ],
  connectors: [
    {
      value: 'package',
      label: publishWords.packageTab,
      operation: 'updateIntegration',
      Content: lazy(async () => ({ default: (await import('../publish/app-package.tsx')).AppPackage })),
    },
    {
      value: 'contents',
      label: publishWords.contentsTab,
      operation: 'previewInstallConnector',
      Content: lazy(async () => ({ default: (await import('../publish/contents.tsx')).AppContents })),
    },
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
