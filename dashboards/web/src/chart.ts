import { HeatmapChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import { type ECharts, type EChartsCoreOption, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { onBeforeUnmount, onMounted, type Ref, watch } from 'vue'
import { FONT, LINE, TEXT } from './palette.ts'

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
