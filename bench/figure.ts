import { cpus, totalmem } from 'node:os'

/** One measured number with what it is held against; a line of `--json` and of `figures.json`. */
export interface Figure {
  readonly figure: string
  readonly value: number
  readonly unit: string
  /** What the same machine does at most, measured in the same run; null where there is no such thing. */
  readonly floor: number | null
  readonly floorUnit: string | null
  /** `value / floor`. */
  readonly share: number | null
  /** What it has to reach, in words; empty where nothing is asked of it yet. */
  readonly bar: string
  /** null where there is no bar. */
  readonly meets: boolean | null
  readonly machine: string
  readonly remark: string
}

/** A figure that could not be taken here, with what to install to take it. */
export interface Skipped {
  readonly figure: string
  readonly skipped: string
}

export type Outcome = Figure | Skipped

export function isFigure(outcome: Outcome): outcome is Figure {
  return 'value' in outcome
}

interface Measured {
  readonly figure: string
  readonly value: number
  readonly unit: string
  readonly remark?: string
  readonly floor?: { readonly value: number; readonly unit: string }
  readonly bar?: { readonly text: string; readonly meets: boolean }
}

export function figureOf({ figure, value, unit, remark, floor, bar }: Measured): Figure {
  return {
    figure,
    value: rounded(value),
    unit,
    floor: floor === undefined ? null : rounded(floor.value),
    floorUnit: floor?.unit ?? null,
    share: floor === undefined ? null : Math.round((value / floor.value) * 1000) / 1000,
    bar: bar?.text ?? '',
    meets: bar?.meets ?? null,
    machine: machine(),
    remark: remark ?? '',
  }
}

/** `2 × AMD EPYC, 24 GiB, linux x64, Node v20.20.2` */
export function machine(): string {
  const processors = cpus()
  const model = (processors[0]?.model ?? 'unknown processor').replace(/\s+/g, ' ').trim()
  const memory = Math.round(totalmem() / 1024 ** 3)
  return `${processors.length} × ${model}, ${memory} GiB, ${process.platform} ${process.arch}, Node ${process.version}`
}

/** Three digits are all that such a measurement carries. */
function rounded(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(3))
}

/** The value below which `share` (0–1) of the sorted values lie. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
