import { joined } from '../core/bilingual.ts'
import type { SealedPeriod } from '../core/cells.ts'
import { Refusal, UnusableValue } from '../core/errors.ts'
import { canonicalJson, fullHash } from '../core/hash.ts'
import type { RealmPolicy } from '../core/policy.ts'
import type { PolicyInForce } from '../core/policy-step.ts'
import type { RiskPoint } from '../core/risk.ts'
import { Compile, Type } from '../core/schema.ts'
import { shapeFaults } from '../core/shape-faults.ts'
import type { FoldStep } from './lone-fold.ts'

/**
 * What proves one score by itself (凭证): the change point, the policy that it was made by, and everything that the folds
 * read for it. Whoever has the file and this program can fold it again, with no store and no network.
 */
export interface Receipt {
  readonly layout: typeof LAYOUT
  readonly point: RiskPoint
  readonly policy: RealmPolicy
  /** The entry of the log by which the policy came into force. */
  readonly activation: PolicyInForce
  /** What the whole city said of the enterprise's places, peers and owners, oldest first. */
  readonly sealed: readonly SealedPeriod[]
  /** The enterprise's lines of the log in their order, and time between them. */
  readonly steps: readonly FoldStep[]
  /** Hash of all of the above: finds what no score hangs on, too. */
  readonly digest: string
}

export type ReceiptBody = Omit<Receipt, 'digest'>

export const LAYOUT = 1

/** Beyond this a receipt is refused, when it is made and when it is read. */
export const RECEIPT_BYTES = 64 * 1024 * 1024

/** The years 1900 to 2200: what lies outside of them is no instant of a record, and could keep a fold busy for hours. */
const instant = Type.Integer({ minimum: Date.UTC(1900, 0, 1), maximum: Date.UTC(2200, 0, 1) })
const whole = Type.Integer({ minimum: 0 })
const perMille = Type.Integer({ minimum: 0, maximum: 1000 })
const text = Type.String()
const closed = { additionalProperties: false }

const point = Type.Object(
  {
    realm: text,
    enterprise: text,
    name: text,
    effective: instant,
    risk: perMille,
    own: perMille,
    basis: perMille,
    class: Type.Union([Type.Literal('A'), Type.Literal('B'), Type.Literal('C'), Type.Literal('D')]),
    district: text,
    industry: text,
    signals: Type.Array(
      Type.Object(
        { indicator: text, intensity: perMille, measure: text, points: perMille, evidence: Type.Array(text) },
        closed,
      ),
    ),
    revision: whole,
    recorded: instant,
    removed: Type.Literal(0),
    policy: text,
    receipt: text,
  },
  closed,
)

const activation = Type.Object(
  {
    type: Type.Literal('policy-in-force'),
    realm: text,
    id: text,
    policy: text,
    staged: text,
    activation: text,
    from: instant,
    at: instant,
  },
  closed,
)

const period = Type.Object(
  {
    realm: text,
    start: instant,
    end: instant,
    effective: instant,
    counts: Type.Record(text, Type.Record(text, whole)),
    examples: Type.Object({}, closed),
    ties: Type.Record(text, Type.Array(Type.Tuple([text, perMille]))),
    restated: Type.Optional(
      Type.Array(
        Type.Object(
          {
            start: instant,
            end: instant,
            counts: Type.Record(text, Type.Record(text, Type.Integer())),
            examples: Type.Object({}, closed),
            gone: Type.Object({}, closed),
          },
          closed,
        ),
      ),
    ),
  },
  closed,
)

const word = Type.Object(
  {
    feed: text,
    until: instant,
    closed: Type.Boolean(),
    turned: Type.Optional(
      Type.Object(
        {
          to: Type.Union((['healthy', 'late', 'silent', 'malformed'] as const).map((state) => Type.Literal(state))),
          at: instant,
        },
        closed,
      ),
    ),
  },
  closed,
)

const shape = Compile(
  Type.Object(
    {
      layout: Type.Literal(LAYOUT),
      point,
      policy: Type.Object({}),
      activation,
      sealed: Type.Array(period),
      steps: Type.Array(Type.Object({ lines: Type.Array(text), progress: Type.Array(word) }, closed)),
      digest: text,
    },
    closed,
  ),
)

/** The digest over what a receipt says, whatever the order of its fields. */
export function digestOf(body: ReceiptBody): string {
  return fullHash(canonicalJson(bodyOf(body)))
}

/** The file of a receipt: the same receipt has the same bytes. Errors: `Refusal` where it would exceed its bound. */
export function receiptBytes(body: ReceiptBody): Uint8Array {
  const bytes = Buffer.from(`${canonicalJson({ ...bodyOf(body), digest: digestOf(body) })}\n`)
  if (bytes.length > RECEIPT_BYTES) throw tooLarge(body.point.enterprise)
  return bytes
}

function bodyOf({ layout, point: said, policy, activation: began, sealed, steps }: ReceiptBody): ReceiptBody {
  return { layout, point: said, policy, activation: began, sealed, steps }
}

export function tooLarge(enterprise: string): Refusal {
  return new Refusal({
    zh: `${enterprise} 的记录超过凭证上限 ${RECEIPT_BYTES / 1024 ** 2} MiB`,
    en: `The records of ${enterprise} exceed the ${RECEIPT_BYTES / 1024 ** 2} MiB that a receipt may have.`,
  })
}

/** A receipt as a file has it, its digest not yet looked at. Errors: `UnusableValue` or `SyntaxError` saying what is wrong with the file. */
export function readReceipt(bytes: Uint8Array): Receipt {
  if (bytes.length > RECEIPT_BYTES)
    throw new UnusableValue({ zh: `超过 ${RECEIPT_BYTES} 字节`, en: `it has more than ${RECEIPT_BYTES} bytes` })
  const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  if (!shape.Check(json)) throw new UnusableValue(joined(shapeFaults(shape, json).slice(0, 1)))
  const receipt = json as unknown as Receipt
  if (!Buffer.from(bytes).equals(Buffer.from(`${canonicalJson(receipt)}\n`))) {
    throw new UnusableValue({
      zh: '其字节不是凭证应有的唯一写法',
      en: 'its bytes are not in the one form that a receipt has',
    })
  }
  return receipt
}
