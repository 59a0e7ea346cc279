import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isFigure, machine, type Outcome } from './figure.ts'

/** `figures.json`: what each figure was when it was last taken. */
interface Kept {
  readonly taken: string
  readonly command: string
  /** What else the machine was doing when the run began: its load average over a minute. */
  readonly load: number
  readonly outcome: Outcome
}

/** Takes the place of what was kept of the same figures; the others stay, with their own dates. */
export function writeReport(folder: string, outcomes: readonly Outcome[], run: Omit<Kept, 'outcome'>): void {
  const kept = new Map(readKept(folder).map((each) => [each.outcome.figure, each]))
  for (const outcome of outcomes) kept.set(outcome.figure, { ...run, outcome })
  const all = [...kept.values()].toSorted((left, right) => (left.outcome.figure < right.outcome.figure ? -1 : 1))
  writeFileSync(join(folder, 'figures.json'), `${JSON.stringify(all, undefined, 2)}\n`)
  writeFileSync(join(folder, 'FIGURES.md'), toMarkdown(all))
}

function readKept(folder: string): readonly Kept[] {
  try {
    return JSON.parse(readFileSync(join(folder, 'figures.json'), 'utf8')) as Kept[]
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function toMarkdown(all: readonly Kept[]): string {
  const rows = all.map(({ outcome, taken, load }) => {
    const cells = isFigure(outcome)
      ? [
          `${outcome.value} ${outcome.unit}`,
          floorOf(outcome),
          barOf(outcome),
          taken.slice(0, 16),
          load.toFixed(1),
          outcome.remark,
        ]
      : ['–', '', '', taken.slice(0, 16), load.toFixed(1), `skipped: ${outcome.skipped}`]
    return `| ${[outcome.figure, ...cells].join(' | ')} |`
  })
  const machines = new Set(all.flatMap(({ outcome }) => (isFigure(outcome) ? [outcome.machine] : [machine()])))
  const commands = new Set(all.map(({ command }) => `\`${command}\``))
  return [
    '# Figures of the last run / 最近一次测量',
    '',
    `Written by ${[...commands].join(', ')}; what each figure means stands in [README.md](README.md).`,
    '',
    `Machine: ${[...machines].join('; ')}. Sender, roles and stores share it; where its load before the run was above`,
    'about 0.5 it was busy with other work too, and the processor seconds in the remarks say more than the wall time.',
    '',
    '| figure | value | floor, share of it | bar | taken (UTC) | load before | remark |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

function floorOf(outcome: Outcome): string {
  return isFigure(outcome) && outcome.floor !== null ? `${outcome.floor} ${outcome.floorUnit}, ${outcome.share}` : ''
}

function barOf(outcome: Outcome): string {
  if (!isFigure(outcome) || outcome.meets === null) return ''
  return `${outcome.bar}: ${outcome.meets ? 'met' : 'not met'}`
}

/** One line on a terminal. */
export function toLine(outcome: Outcome): string {
  const name = outcome.figure.padEnd(30)
  if (!isFigure(outcome)) return `${name} –  (${outcome.skipped})`
  const floor = floorOf(outcome) === '' ? '' : `  floor ${floorOf(outcome)}`
  const bar = barOf(outcome) === '' ? '' : `  [${barOf(outcome)}]`
  return `${name} ${String(outcome.value).padStart(8)} ${outcome.unit}${floor}${bar}`
}
