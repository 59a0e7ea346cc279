import { HeatmapChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import { type ECharts, type EChartsCoreOption, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { onBeforeUnmount, onMounted, type Ref, watch } from 'vue'
import { FAINT, FONT, LINE, TEXT } from './palette.ts'

use([
  HeatmapChart,
  LineChart,
  ScatterChart,
  GridComponent,
  TooltipComponent,
  VisualMapComponent,
  MarkLineComponent,
  CanvasRenderer,
])

/** Pixels of one rem: canvases must scale with the wall as its text does. */
export function rem(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
}

/** Drawn on the canvas: the content policy allows no inline styles, which an HTML tooltip would need. */
export function tooltipStyle(): Record<string, unknown> {
  return {
    renderMode: 'richText',
    backgroundColor: '#182124',
    borderColor: LINE,
    borderWidth: 1,
    padding: [rem() * 0.5, rem() * 0.75],
    textStyle: { color: TEXT, fontFamily: FONT, fontSize: rem() * 0.8125, lineHeight: rem() * 1.3 },
    transitionDuration: 0,
    confine: true,
  }
}

export function axisLabel(): Record<string, unknown> {
  return { color: FAINT, fontSize: rem() * 0.75, fontFamily: FONT }
}

/** An axis of instants without marks of its own, which names its ends and so many places between them. */
export function timeAxis(first: number, last: number, parts: number, named: (at: number) => string): object {
  return {
    type: 'value',
    min: first,
    max: Math.max(last, first + 1),
    interval: Math.max(1, (last - first) / parts),
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: { ...axisLabel(), formatter: named, alignMinLabel: 'left', alignMaxLabel: 'right' },
  }
}

/** A line without symbols in one colour. */
export function plainLine(data: readonly unknown[], color: string, width: number, more: object = {}): object {
  return { type: 'line', data, showSymbol: false, lineStyle: { color, width }, itemStyle: { color }, ...more }
}

/** Keeps a chart drawn in `host`: however often its option changes, it is set at most once a frame. */
export function useChart(
  host: Ref<HTMLElement | null>,
  option: () => EChartsCoreOption | undefined,
  listen?: (chart: ECharts) => void,
): void {
  let chart: ECharts | undefined
  let observer: ResizeObserver | undefined
  let frame = 0

  function draw(): void {
    frame = 0
    const next = option()
    if (chart !== undefined && next !== undefined) chart.setOption(next, { notMerge: false, lazyUpdate: false })
  }

  function plan(): void {
    if (frame === 0) frame = requestAnimationFrame(draw)
  }

  onMounted(() => {
    if (host.value === null) return
    chart = init(host.value, null, { renderer: 'canvas' })
    listen?.(chart)
    observer = new ResizeObserver(() => {
      chart?.resize()
      plan()
    })
    observer.observe(host.value)
    plan()
  })
  watch(option, plan)
  onBeforeUnmount(() => {
    cancelAnimationFrame(frame)
    observer?.disconnect()
    chart?.dispose()
  })
}
