/** Bars over time, on a canvas. What they say is said by words beside them, and by the table of the same numbers. */
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface Bars {
  readonly values: readonly number[]
  /** Drawn above each of them, in a lighter tone. */
  readonly above?: readonly number[] | undefined
  readonly tone: 'accent' | 'error' | 'soft'
  /** What stands below each bar, as far as there is room. */
  readonly times: readonly string[]
  readonly format: (value: number) => string
}

interface BarChartProps {
  readonly bars: Bars
  /** The mouse is on a bar, or on none. */
  readonly onPoint: (at: number | undefined) => void
}

/** Pixels. */
const height = 132
const tickRoom = 96
const axisRoom = 26
const gapOfBars = 0.72
const widestBar = 36

export function BarChart({ bars, onPoint }: BarChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(undefined)
  const latest = useRef({ bars, onPoint })
  latest.current = { bars, onPoint }
  const shape = `${bars.tone} ${bars.above !== undefined}`
  useEffect(() => {
    const element = place.current
    if (!element) return undefined
    const draw = () => {
      plot.current?.destroy()
      plot.current = new UPlot(optionsOf(element, latest), dataOf(latest.current.bars), element)
    }
    draw()
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }))
    sizes.observe(element)
    // Colours of a canvas do not follow the appearance by themselves.
    const dark = matchMedia('(prefers-color-scheme: dark)')
    const theme = new MutationObserver(draw)
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
    dark.addEventListener('change', draw)
    return () => {
      sizes.disconnect()
      theme.disconnect()
      dark.removeEventListener('change', draw)
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [shape])
  useEffect(() => plot.current?.setData(dataOf(bars)), [bars])
  return <div ref={place} className="bars" />
}

/** The higher one is drawn first, and the other over it. */
const dataOf = ({ values, above }: Bars): UPlot.AlignedData => [
  values.map((_, i) => i),
  ...(above ? [values.map((value, i) => value + (above[i] ?? 0))] : []),
  [...values],
]

function optionsOf(element: HTMLElement, latest: { readonly current: BarChartProps }): UPlot.Options {
  const colours = readColours(element)
  const { tone, above } = latest.current.bars
  const paths = UPlot.paths.bars?.({ size: [gapOfBars, widestBar], radius: 0.12 })
  const series = (colour: string): UPlot.Series => ({ fill: colour, width: 0, points: { show: false }, ...(paths && { paths }) })
  const text = { stroke: colours.text, font: `11px ${getComputedStyle(element).fontFamily}`, ticks: { show: false } }
  return {
    width: element.clientWidth,
    height,
    padding: [8, 2, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: (_, min, max) => [min - 0.5, max + 0.5] },
      y: { range: (_, __, max) => UPlot.rangeNum(0, max || 1, 0.1, true) },
    },
    axes: [
      {
        ...text,
        size: axisRoom,
        grid: { show: false },
        splits: (u) => spread(latest.current.bars.times.length, Math.max(2, Math.floor(u.width / tickRoom))),
        values: (_, splits) => splits.map((at) => latest.current.bars.times[at] ?? ''),
      },
      {
        ...text,
        size: (_, values) => 14 + 6.5 * Math.max(3, ...(values ?? []).map((value) => value.length)),
        space: 28,
        grid: { stroke: colours.line, width: 1 },
        values: (_, splits) => splits.map((value) => (value === 0 ? '0' : latest.current.bars.format(value))),
      },
    ],
    series: [{}, ...(above ? [series(colours.light)] : []), series(colours[tone])],
    hooks: { setCursor: [({ cursor: { idx } }) => latest.current.onPoint(idx ?? undefined)] },
  }
}

/** So many of these places as there is room for, evenly; none so near an end that its words would be cut off. */
function spread(length: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(length / most))
  const first = Math.floor(step / 2)
  return Array.from({ length: Math.ceil((length - first) / step) }, (_, i) => first + i * step)
}

/** As the browser resolves them: a canvas takes no `light-dark()`. */
function readColours(element: HTMLElement) {
  const probe = document.createElement('span')
  element.append(probe)
  const read = (name: string): string => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const colours = {
    accent: read('--chart'),
    light: read('--chart-light'),
    error: read('--chart-error'),
    soft: read('--chart-soft'),
    text: read('--text-soft'),
    line: read('--line'),
  }
  probe.remove()
  return colours
}
