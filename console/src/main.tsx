/** Starts the page. */
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { CallRefused, explain } from './api/client.ts'
import { queryClient, whenRefused } from './api/queries.ts'
import { Notices, notify } from './parts/notices.tsx'
import { router } from './router.tsx'
import './colours.css'
import './styles.css'

/** What the server refuses stands on the page; only unexpected errors go to the browser's console. */
const onCaughtError = (error: unknown): void => void (error instanceof CallRefused || reportError(error))

whenRefused((error) => notify(explain(error), true))

const place = document.querySelector('#root')
if (place)
  createRoot(place, { onCaughtError }).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Notices />
      </QueryClientProvider>
    </StrictMode>,
  )
