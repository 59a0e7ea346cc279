import { asItIs, type Bilingual, joined } from '../../core/bilingual.ts'
import { UnusableValue } from '../../core/errors.ts'
import { MONEY_UNITS, type Take, type When } from '../../core/feed-policy.ts'
import { Compile, Type } from '../../core/schema.ts'
import { shapeFaults, type Validator } from '../../core/shape-faults.ts'
import { compileExpression } from './expression.ts'
import { compileText } from './take.ts'
import { compileWhen } from './when.ts'

const closed = { additionalProperties: false }
const text = Type.String({ maxLength: 2000 })
const name = Type.String({ minLength: 1, maxLength: 200 })
/** `first` in `first` in `first`: deeper no steward can follow. */
const MAX_DEPTH = 5

const members = Type.Array(Type.Union([name, Type.Object({})]), { minItems: 1, maxItems: 50 })

const takeShape: Validator = Compile(
  Type.Object(
    {
      column: Type.Optional(name),
      columns: Type.Optional(Type.Array(name, { minItems: 1 })),
      first: Type.Optional(members),
      join: Type.Optional(members),
      separator: Type.Optional(text),
      constant: Type.Optional(text),
      source: Type.Optional(Type.Literal('name')),
      halfWidth: Type.Optional(Type.Boolean()),
      noSpaces: Type.Optional(Type.Boolean()),
      upper: Type.Optional(Type.Boolean()),
      extract: Type.Optional(name),
      table: Type.Optional(Type.Record(Type.String(), text)),
      otherwise: Type.Optional(text),
      strict: Type.Optional(Type.Boolean()),
      date: Type.Optional(Type.Union([name, Type.Array(name, { minItems: 1, maxItems: 20 })])),
      dayEnd: Type.Optional(Type.Boolean()),
      times: Type.Optional(Type.Number()),
      unit: Type.Optional(Type.Union(MONEY_UNITS.map((unit) => Type.Literal(unit)))),
      personal: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
)

const columnWhenShape: Validator = Compile(
  Type.Object(
    {
      column: Type.Optional(name),
      first: Type.Optional(Type.Array(name, { minItems: 1 })),
      in: Type.Optional(Type.Array(text)),
      notIn: Type.Optional(Type.Array(text)),
      matches: Type.Optional(text),
      present: Type.Optional(Type.Boolean()),
      above: Type.Optional(Type.Number()),
      below: Type.Optional(Type.Number()),
    },
    closed,
  ),
)

const whens = Type.Array(Type.Object({}), { minItems: 1, maxItems: 50 })
const groupShapes: Readonly<Record<'all' | 'any' | 'not', Validator>> = {
  all: Compile(Type.Object({ all: whens }, closed)),
  any: Compile(Type.Object({ any: whens }, closed)),
  not: Compile(Type.Object({ not: Type.Object({}) }, closed)),
}

/** Everything that is wrong with a take, each with its place. `instant`: it has to be one. */
export function takeFaults(json: object, path: string, instant = false): Bilingual[] {
  const faults = memberFaults(json, path, 0)
  if (faults.length > 0) return faults
  const take = json as Take
  if (instant && take.date === undefined)
    return [{ zh: `${path} 是时刻,须有日期写法(date)`, en: `${path} is an instant and needs a date pattern` }]
  return compiles(path, () => {
    if (take.extract !== undefined) compileExpression(take.extract)
    compileText(take, 0)
  })
}

function memberFaults(json: object, path: string, depth: number): Bilingual[] {
  const shape = shapeFaults(takeShape, json, path)
  if (shape.length > 0) return shape
  const take = json as Take
  const faults: Bilingual[] = []
  const { column, columns, first, join, constant, source, date, times, unit } = take
  const origins = [column, columns, first, join, constant, source].filter((origin) => origin !== undefined)
  if (origins.length !== 1)
    faults.push({
      zh: `${path} 须恰有 column、columns、first、join、constant、source 之一`,
      en: `${path} needs exactly one of column, columns, first, join, constant, source`,
    })
  if ([date, times, unit].filter((reading) => reading !== undefined).length > 1)
    faults.push({
      zh: `${path} 只能是日期(date)、数值(times)、金额(unit)之一`,
      en: `${path} can be only one of a date, a number (times) and an amount (unit)`,
    })
  if (take.separator !== undefined && join === undefined)
    faults.push({ zh: `${path}/separator 只用于 join`, en: `${path}/separator is for join` })
  if (take.dayEnd === true && date === undefined)
    faults.push({ zh: `${path}/dayEnd 只用于 date`, en: `${path}/dayEnd is for a date` })
  if (
    take.strict === true &&
    take.table === undefined &&
    date === undefined &&
    times === undefined &&
    unit === undefined
  )
    faults.push({
      zh: `${path}/strict 须同时有 table、date、times 或 unit`,
      en: `${path}/strict needs a table, a date, times or unit to be strict about`,
    })
  if (take.strict === true && take.otherwise !== undefined)
    faults.push({ zh: `${path} 不能既 strict 又有 otherwise`, en: `${path} cannot be strict and have an otherwise` })
  if (depth > 0 && (date ?? times ?? unit ?? take.personal) !== undefined)
    faults.push({
      zh: `${path} 是其中一项:date、times、unit、personal 应写在整体上`,
      en: `${path} is a member: date, times, unit and personal belong to the whole`,
    })
  if (depth > MAX_DEPTH)
    return [...faults, { zh: `${path} 嵌套超过 ${MAX_DEPTH} 层`, en: `${path} is nested deeper than ${MAX_DEPTH}` }]
  for (const [kind, list] of [
    ['first', first],
    ['join', join],
  ] as const) {
    for (const [index, member] of (list ?? []).entries()) {
      if (typeof member !== 'string') faults.push(...memberFaults(member, `${path}/${kind}/${index}`, depth + 1))
    }
  }
  return faults
}

/** Everything that is wrong with a condition, each with its place. */
export function whenFaults(json: object, path: string, depth = 0): Bilingual[] {
  if (depth > MAX_DEPTH)
    return [{ zh: `${path} 嵌套超过 ${MAX_DEPTH} 层`, en: `${path} is nested deeper than ${MAX_DEPTH}` }]
  for (const kind of ['all', 'any', 'not'] as const) {
    if (!(kind in json)) continue
    const shape = shapeFaults(groupShapes[kind], json, path)
    if (shape.length > 0) return shape
    const inner = (json as Record<typeof kind, object | readonly object[]>)[kind]
    const list = Array.isArray(inner) ? inner.map((one, index) => [one, `/${index}`] as const) : [[inner, ''] as const]
    return list.flatMap(([one, at]) => whenFaults(one, `${path}/${kind}${at}`, depth + 1))
  }
  const shape = shapeFaults(columnWhenShape, json, path)
  if (shape.length > 0) return shape
  const { column, first, ...tests } = json as { column?: string; first?: readonly Bilingual[] }
  if ((column === undefined) === (first === undefined))
    return [{ zh: `${path} 须恰有 column 与 first 之一`, en: `${path} needs exactly one of column and first` }]
  if (Object.keys(tests).length === 0)
    return [
      {
        zh: `${path} 没有条件:请写 in、notIn、matches、present、above 或 below`,
        en: `${path} asks nothing: say in, notIn, matches, present, above or below`,
      },
    ]
  return compiles(path, () => void compileWhen([json as When]))
}

/** Date patterns, factors and expressions are checked by compiling them. */
function compiles(path: string, compile: () => void): Bilingual[] {
  try {
    compile()
    return []
  } catch (error) {
    if (error instanceof UnusableValue) return [joined([asItIs(path), error.text], ' ')]
    throw error
  }
}
