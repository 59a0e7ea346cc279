import type { WarningLevel } from '../../../core/risk.ts'

/** The same tokens as in style.css, for what is drawn on a canvas. 蓝黄橙红 belong to warnings alone. */
export const LEVEL_COLOURS: Readonly<Record<WarningLevel, string>> = {
  red: '#e5484d',
  orange: '#ef8636',
  yellow: '#f0c643',
  blue: '#4f8ff7',
}

export const INK = '#0c1113'
export const PANEL = '#0e1416'
export const LINE = '#1d2629'
export const TEXT = '#e4e8e5'
export const MUTED = '#95a2a1'
export const FAINT = '#7c8a88'
export const JADE = '#7fc4b0'

/** Celadon from deep water to glaze: risk as lightness, so that it is read without hue. */
const RAMP = ['#12191b', '#16282a', '#1d3d3d', '#2b5955', '#42796f', '#68a08f', '#9cc7b4', '#dcefe2'] as const

export function ramp(share: number): string {
  // Bent, so that the many calm cells recede and the few hot ones stand out.
  const place = Math.min(0.9999, Math.max(0, share)) ** 1.35 * (RAMP.length - 1)
  const low = Math.floor(place)
  return mix(RAMP[low] ?? RAMP[0], RAMP[low + 1] ?? RAMP[RAMP.length - 1] ?? RAMP[0], place - low)
}

/** Ink on glaze, glaze on ink. */
export function textOn(share: number): string {
  return share > 0.72 ? '#0c1a17' : share > 0.3 ? '#e2ece7' : '#9aaba7'
}

function mix(from: string, to: string, share: number): string {
  const channel = (hex: string, at: number): number => Number.parseInt(hex.slice(at, at + 2), 16)
  const parts = [1, 3, 5].map((at) => Math.round(channel(from, at) + (channel(to, at) - channel(from, at)) * share))
  return `rgb(${parts.join(',')})`
}

export const FONT =
  "'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', 'Droid Sans Fallback', system-ui, sans-serif"
