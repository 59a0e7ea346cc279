/** A monitoring factor of HJ 212-2017, annex B; later codes of HJ 524 and HJ 525 follow the same pattern. */
export interface Hj212Factor {
  readonly code: string
  /** The code of HJ/T 212-2005, which old data loggers still send on the same port. */
  readonly alias?: string
  readonly zh: string
  readonly en: string
  /** Empty where it has none (pH). */
  readonly unit: string
  /**
   * What an instrument can read at all, not what is allowed: one corrupted frame in 256 passes the check, and a value
   * beyond this is taken for one. Gas may read a little below zero.
   */
  readonly range: readonly [least: number, most: number]
}

/**
 * Codes, aliases and units as the public implementations of the standard have them (srdgame/lua-HJ212, tags/info.lua;
 * samples of ST=39). A code that is not here is taken as it is, without a unit and without a range.
 */
export const HJ212_FACTORS: readonly Hj212Factor[] = [
  { code: 'w00000', alias: 'B01', zh: '污水流量', en: 'waste water flow', unit: 'L/s', range: [0, 100_000] },
  { code: 'w01001', alias: '001', zh: 'pH 值', en: 'pH', unit: '', range: [0, 14] },
  { code: 'w01010', zh: '水温', en: 'water temperature', unit: '℃', range: [-5, 100] },
  { code: 'w01012', alias: '003', zh: '悬浮物', en: 'suspended solids', unit: 'mg/L', range: [0, 100_000] },
  { code: 'w01018', alias: '011', zh: '化学需氧量', en: 'COD', unit: 'mg/L', range: [0, 100_000] },
  { code: 'w20111', zh: '总汞', en: 'total mercury', unit: 'ug/L', range: [0, 100_000] },
  { code: 'w21001', alias: '065', zh: '总氮', en: 'total nitrogen', unit: 'mg/L', range: [0, 10_000] },
  { code: 'w21003', alias: '060', zh: '氨氮', en: 'ammonia nitrogen', unit: 'mg/L', range: [0, 10_000] },
  { code: 'w21011', alias: '101', zh: '总磷', en: 'total phosphorus', unit: 'mg/L', range: [0, 10_000] },
  { code: 'w22001', zh: '石油类', en: 'petroleum', unit: 'mg/L', range: [0, 10_000] },
  { code: 'a00000', alias: 'B02', zh: '废气流量', en: 'waste gas flow', unit: 'm3/s', range: [0, 10_000] },
  { code: 'a01001', zh: '温度', en: 'temperature', unit: '℃', range: [-60, 2_000] },
  { code: 'a01002', zh: '湿度', en: 'humidity', unit: '%', range: [0, 100] },
  { code: 'a01006', zh: '气压', en: 'air pressure', unit: 'kPa', range: [0, 200] },
  { code: 'a01007', zh: '风速', en: 'wind speed', unit: 'm/s', range: [0, 150] },
  { code: 'a01008', zh: '风向', en: 'wind direction', unit: '°', range: [0, 360] },
  { code: 'a01011', zh: '烟气流速', en: 'flue gas velocity', unit: 'm/s', range: [0, 150] },
  { code: 'a01012', zh: '烟气温度', en: 'flue gas temperature', unit: '℃', range: [-60, 2_000] },
  { code: 'a01014', zh: '烟气湿度', en: 'flue gas humidity', unit: '%', range: [0, 100] },
  { code: 'a19001', zh: '氧含量', en: 'oxygen', unit: '%', range: [-1, 100] },
  { code: 'a21001', zh: '氨', en: 'ammonia', unit: 'mg/m3', range: [-20, 100_000] },
  { code: 'a21002', alias: '03', zh: '氮氧化物', en: 'nitrogen oxides', unit: 'mg/m3', range: [-20, 100_000] },
  { code: 'a21005', zh: '一氧化碳', en: 'carbon monoxide', unit: 'mg/m3', range: [-20, 1_000_000] },
  { code: 'a21024', zh: '氯化氢', en: 'hydrogen chloride', unit: 'mg/m3', range: [-20, 100_000] },
  { code: 'a21026', alias: '02', zh: '二氧化硫', en: 'sulphur dioxide', unit: 'mg/m3', range: [-20, 100_000] },
  {
    code: 'a24088',
    zh: '非甲烷总烃',
    en: 'non-methane hydrocarbons',
    unit: 'mg/m3',
    range: [-20, 100_000],
  },
  { code: 'a34013', zh: '颗粒物', en: 'particulate matter', unit: 'mg/m3', range: [-20, 100_000] },
  { code: 'a34001', zh: '总悬浮颗粒物', en: 'TSP', unit: 'ug/m3', range: [-20, 1_000_000] },
  { code: 'a34002', zh: '可吸入颗粒物', en: 'PM10', unit: 'ug/m3', range: [-20, 1_000_000] },
  { code: 'a34004', zh: '细颗粒物', en: 'PM2.5', unit: 'ug/m3', range: [-20, 1_000_000] },
  { code: 'LA', zh: '瞬时声级', en: 'sound level', unit: 'dB', range: [0, 200] },
  { code: 'Leq', zh: '等效声级', en: 'equivalent sound level', unit: 'dB', range: [0, 200] },
  { code: 'Ld', zh: '昼间等效声级', en: 'sound level by day', unit: 'dB', range: [0, 200] },
  { code: 'Ln', zh: '夜间等效声级', en: 'sound level by night', unit: 'dB', range: [0, 200] },
]

const BY_CODE: ReadonlyMap<string, Hj212Factor> = new Map(
  HJ212_FACTORS.flatMap((factor) => [
    [factor.code, factor] as const,
    ...(factor.alias === undefined ? [] : [[factor.alias, factor] as const]),
  ]),
)

/** By the code of 2017 or its alias of 2005; the two never meet, as the old ones begin with a digit, B or S. */
export function hj212Factor(code: string): Hj212Factor | undefined {
  return BY_CODE.get(code)
}
