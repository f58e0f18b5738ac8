/** Drawings of 16 px, in the colour of the text beside them. They say nothing of their own: the words do. */
const drawings = {
  home: 'M2.5 7 8 2.5 13.5 7v6.5h-4V10h-3v3.5h-4z',
  chart: 'M2.5 13.5h11M4.5 11V8M8 11V4M11.5 11V6.5',
  plug: 'M6 2v3M10 2v3M4.5 5h7v2.5a3.5 3.5 0 0 1-7 0zM8 11v3',
  box: 'M2.5 5 8 2.2 13.5 5v6L8 13.8 2.5 11zM2.5 5 8 7.8 13.5 5M8 7.8v6',
  user: 'M8 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5a5 5 0 0 1 10 0',
  key: 'M6 10.5a3 3 0 1 1 2.7-4.3L13.5 6v2.5H12V10H9.8',
  list: 'M3 4h10M3 8h10M3 12h6',
  bin: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5l3 3',
  plus: 'M8 3v10M3 8h10',
  chevron: 'M6 4l4 4-4 4',
  previous: 'M10 4 6 8l4 4',
  handle: 'M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01',
  gear: 'M3 4.5h7M12.5 4.5h.5M3 8h1M6.5 8H13M3 11.5h6M11.5 11.5H13M11.2 6a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM5.2 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM10.2 13a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z',
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  updown: 'M5 6.5 8 3.5l3 3M5 9.5l3 3 3-3',
  check: 'M3 8.5 6.5 12 13 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  play: 'M5 3.2v9.6L12.5 8z',
  stop: 'M4.5 4.5h7v7h-7z',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  alert: 'M8 5.5v3.2M8 11h.01M8 2 14.5 13.5h-13z',
  clock: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM8 5v3.2l2 1.3',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.5V5h-2.5',
  pin: 'M6 2.5h4l-.5 4 2.5 2.5H4l2.5-2.5zM8 9v4.5',
  tiles: 'M3 3h4v4H3zM9 3h4v4H9zM3 9h4v4H3zM9 9h4v4H9z',
  branch:
    'M5 5.5v5M5 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM5 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM11 6.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM11 6.5c0 2.5-3 2-6 4',
  globe: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM2.5 8h11M8 2.5c2.5 3 2.5 8 0 11M8 2.5c-2.5 3-2.5 8 0 11',
  tag: 'M2.5 2.5h5l6 6-5 5-6-6zM5.5 5.5h.01',
  code: 'M5.5 5 2.5 8l3 3M10.5 5l3 3-3 3',
  sun: 'M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1',
  external: 'M6.5 3.5h-4v10h10v-4M9 2.5h4.5V7M13 3 7.5 8.5',
} as const
export type IconName = keyof typeof drawings

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={drawings[name]} />
    </svg>
  )
}

export function Mark() {
  return (
    <svg className="mark" width="20" height="20" viewBox="0 0 16 16" aria-hidden="true">
      <rect width="16" height="16" rx="3.5" />
      <path d="M3 6.2c1.7-1.6 3.3-1.6 5 0s3.3 1.6 5 0M3 10.2c1.7-1.6 3.3-1.6 5 0s3.3 1.6 5 0" />
    </svg>
  )
}
