/** Notes in Markdown. What they hold of HTML is shown as text, and links leave without saying where from. */
import { lazy, Suspense } from 'react'
import { Loading } from './states.tsx'

const Markdown = lazy(() => import('react-markdown'))

export function Notes({ text }: { readonly text: string }) {
  return (
    <Suspense fallback={<Loading lines={3} />}>
      <div className="notes">
        <Markdown
          components={{
            a: ({ href, children }) => (
              <a href={href} rel="noopener noreferrer nofollow">
                {children}
              </a>
            ),
            img: ({ alt }) => <>{alt}</>,
          }}
        >
          {text}
        </Markdown>
      </div>
    </Suspense>
  )
}
