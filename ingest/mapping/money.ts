import type { MoneyUnit } from '../../core/feed-policy.ts'
import { compileDecimal, type ReadDecimal } from './decimal.ts'

const FEN_OF: Readonly<Record<MoneyUnit, number>> = {
  分: 1,
  角: 10,
  元: 100,
  千元: 100_000,
  万元: 1_000_000,
  百万元: 100_000_000,
  亿元: 10_000_000_000,
}
/** `5万元`, `5 万`, `￥5`, `5元整`: what people write into a column of numbers. */
const WRITTEN = /^[¥￥]?\s*([+-]?[\d.,]+)\s*(?:(百万元|亿元|亿|万元|万|千元|元|角|分)整?)?$/
const SHORT: Readonly<Record<string, MoneyUnit>> = { 万: '万元', 亿: '亿元' }

const readers = new Map<MoneyUnit, ReadDecimal>()

/**
 * Amounts in a unit as whole fen, exact: 1.23 万元 are 1,230,000 fen. What is finer than a fen (a spreadsheet's
 * 0.30000000000000004) is rounded half away from zero. A unit that is written behind the number goes before the
 * column's own: 5000元 in a column of 万元 are 500,000 fen.
 */
export function compileMoney(unit: MoneyUnit): ReadDecimal {
  const read = fenReader(unit)
  return (text) => {
    const fen = read(text)
    if (fen !== undefined) return wholeFen(fen)
    const [, number, behind] = WRITTEN.exec(text) ?? []
    if (number === undefined) return undefined
    const written = behind === undefined ? unit : (SHORT[behind] ?? asUnit(behind))
    const amount = written === undefined ? undefined : fenReader(written)(number)
    return amount === undefined ? undefined : wholeFen(amount)
  }
}

function fenReader(unit: MoneyUnit): ReadDecimal {
  const reader = readers.get(unit) ?? compileDecimal(FEN_OF[unit])
  readers.set(unit, reader)
  return reader
}

function asUnit(text: string): MoneyUnit | undefined {
  return text in FEN_OF ? (text as MoneyUnit) : undefined
}

function wholeFen(fen: number): number {
  return Number.isInteger(fen) ? fen : Math.sign(fen) * Math.round(Math.abs(fen))
}
